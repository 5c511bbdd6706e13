#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "cli/progress.h"
#include "servers/model/file_source.h"

namespace astray {

/// The disk and standard input as one source of configuration files. It remembers what was read, so that
/// reports quote exactly that and never another file that happens to have the same path.
class ConfigurationFiles : public FileSource {
 public:
  /// The path under which standard input is read.
  static constexpr std::string_view standard_input = "(standard input)";

  /// Absolute paths are looked for below `root` ("" for the machine's own).
  ConfigurationFiles(size_t max_file_size, std::string root, Progress& progress)
      : disk_(max_file_size, std::move(root)), progress_(progress) {}
  void set_standard_input(std::string text);

  Kind kind(const std::string& path) override;
  Result<std::string> read(const std::string& path) override;
  std::vector<std::string> glob(const std::string& pattern) override;
  std::vector<Entry> list(const std::string& folder) override { return disk_.list(folder); }

  /// Whether a reader asked for this file, in whatever spelling of its path.
  bool was_read(const std::string& path) const;

  /// The text of a file that a span names: as read, or out of an `nginx -T` output that was read.
  std::optional<std::string> text_of(const std::string& file);

 private:
  std::optional<std::string> text_in_dumps(const std::string& file);

  DiskFiles disk_;
  Progress& progress_;
  std::optional<std::string> standard_input_;
  std::unordered_set<std::string> read_;           ///< as asked for
  std::unordered_set<std::string> read_absolute_;  ///< the same, absolute and tidied
  std::vector<std::string> dumps_;  ///< paths of what was read and is an `nginx -T` output
};

/// Reads everything from a descriptor; an Error when it is more than the limit or cannot be read.
Result<std::string> read_descriptor(int descriptor, size_t max_bytes, std::string_view name);

}  // namespace astray
