#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "servers/httpd/conditions.h"
#include "servers/httpd/directive.h"
#include "servers/httpd/macros.h"

namespace astray::httpd {

/// Where a hostile configuration is stopped; a real one comes nowhere near.
struct ReadLimits {
  size_t lines = 100'000'000;           ///< logical lines, every use of a file or macro counted anew
  size_t kept_bytes = size_t{3} << 30;  ///< text made by variables, macros and joined lines
  size_t includes = 2'000'000;
  size_t nesting = 200;       ///< sections within sections
  size_t include_depth = 20;  ///< httpd's own limit
  size_t listeners = 1'000'000;
  size_t inherited_items =
      4'000'000;  ///< list entries that all virtual hosts together take from the main server
};

/// Turns files into the tree of directives that httpd would walk: includes put in their place, conditions
/// decided, macros and variables replaced (server/config.c, ap_build_config). httpd stops at the first error;
/// here errors go to `problems` and reading goes on behind them.
class TreeReader {
 public:
  TreeReader(FileSource& files, SourceFiles& file_names, Problems& problems, TextArena& arena,
             Version version, const ReadLimits& limits);

  Variables& variables() { return variables_; }
  const Modules& modules() const { return modules_; }
  /// ServerRoot as it stands after everything was read.
  const std::string& server_root() const { return server_root_; }
  void set_server_root(std::string path) { server_root_ = std::move(path); }
  /// Files below this folder are named relative to it, as the user named the first of them.
  void set_shown_folder(std::string folder) { shown_folder_ = std::move(folder); }

  /// Appends a file's directives to the tree. Fails only when the file itself cannot be read.
  Result<SourceFileId> read(const std::string& path);
  std::vector<Directive>& tree() { return tree_; }

 private:
  /// Where lines come from: a file, or a macro in use. The uppermost gives the next line.
  struct Source {
    LineReader* file = nullptr;
    std::shared_ptr<const Macro> macro;
    std::vector<std::string_view> arguments;
    size_t next = 0;
    SourceSpan used_at;
  };
  struct Frame {
    std::string_view tag;  ///< the section's name, as written
    bool is_condition = false;
    Directive section;  ///< unless is_condition
    SourceSpan span;
    size_t parent = npos;  ///< the frame of the section around this one
    std::vector<std::string_view>
        skipped;  ///< a condition that does not hold: its open sections, itself first
  };
  struct ReadFile {
    SourceFileId file;
    std::string_view text;
  };
  static constexpr size_t npos = static_cast<size_t>(-1);

  // tree_reader.cc
  std::optional<LogicalLine> next_line();
  void read_lines(LineReader& lines);
  void take_line(LogicalLine line);
  void open_section(std::string_view name, std::string_view arguments, SourceSpan span);
  void close_section(std::string_view name, std::string_view arguments, SourceSpan span);
  void close_top();
  void skip_line(LogicalLine line);
  std::vector<Directive>& sink();
  bool within_limits(SourceSpan span);

  // read_time_directives.cc
  bool run_now(std::string_view name, std::string_view arguments, SourceSpan span);
  void define(std::string_view arguments, SourceSpan span);
  void load_module(std::string_view arguments, SourceSpan span);
  void change_server_root(std::string_view arguments, SourceSpan span);
  void define_macro(std::string_view arguments, SourceSpan span);
  void use_macro(std::string_view arguments, SourceSpan span);

  // includes.cc
  void include(std::string_view arguments, SourceSpan span, bool optional);
  void include_matches(const std::string& folder, std::string_view pattern, SourceSpan span, bool optional);
  void include_path(const std::string& path, SourceSpan span, bool optional, size_t depth);
  Result<SourceFileId> read_file(const std::string& path);
  Result<ReadFile> open(const std::string& path);

  FileSource& files_;
  SourceFiles& file_names_;
  Problems& problems_;
  TextArena& arena_;
  ReadLimits limits_;
  Variables variables_;
  Modules modules_;
  Macros macros_;
  Conditions conditions_;
  std::string server_root_;
  std::string shown_folder_;  ///< with a slash at its end; "" when paths are shown whole
  std::vector<Directive> tree_;
  std::deque<std::string> texts_;
  std::unordered_map<std::string, ReadFile> read_files_;  ///< a snippet is included by every virtual host
  std::vector<std::string> open_files_;
  std::vector<Frame> frames_;
  std::vector<Source> sources_;
  size_t section_ = npos;    ///< the frame of the innermost open section
  size_t first_source_ = 0;  ///< of the file that is being read
  size_t first_frame_ = 0;
  size_t lines_ = 0;
  size_t given_up_bytes_ = 0;  ///< of lines that grew too long, and were not kept
  size_t includes_ = 0;
  bool stopped_ = false;
};

}  // namespace astray::httpd
