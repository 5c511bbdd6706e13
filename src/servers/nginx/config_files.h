#pragma once
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/source_span.h"
#include "servers/model/file_source.h"
#include "servers/nginx/problems.h"

namespace astray::nginx {

/// Whether the text has the markers that `nginx -T` writes before each file ("# configuration file /path:").
bool is_configuration_dump(std::string_view text);

/// The files of one configuration, each read once: from a FileSource, or out of one `nginx -T` output, which
/// then answers for every include. Views into the texts live as long as this object.
class ConfigFiles {
 public:
  ConfigFiles(FileSource& source, SourceFiles& names, Problems& problems)
      : source_(source), names_(names), problems_(problems) {}

  /// Takes the output of `nginx -T`; the path of its first file, which is the main one.
  std::string use_dump(std::string text);
  /// Takes the text of a file that was read already.
  void use_text(const std::string& path, std::string text);
  bool from_dump() const { return !dumped_.empty(); }
  /// For a copy of a server's file system: absolute paths are looked up below `root` first.
  void set_root(std::string root) { root_ = std::move(root); }
  /// Where a path of the configuration is found: below the root when it is there.
  std::string locate(const std::string& path);

  struct Text {
    SourceFileId file;
    std::string_view bytes;
  };
  /// What is no text (UTF-16) is refused; a byte order mark is reported and skipped.
  const Result<Text>& open(const std::string& path);
  /// Paths that an include's glob matches, sorted; none when nothing does.
  const std::vector<std::string>& matches(const std::string& pattern);

 private:
  Result<Text> read(const std::string& path);
  Result<Text> judge(const std::string& path, std::string_view bytes);
  Text admit(const std::string& path, std::string_view bytes);

  FileSource& source_;
  SourceFiles& names_;
  Problems& problems_;
  std::string root_;
  std::deque<std::string> texts_;
  std::map<std::string, std::string_view> dumped_;
  std::unordered_map<std::string, Result<Text>> opened_;
  std::unordered_map<std::string, std::vector<std::string>> globbed_;
};

}  // namespace astray::nginx
