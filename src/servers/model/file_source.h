#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace astray {

/// Where configuration text comes from: the disk, or memory (tests, rule pages, `nginx -T` output on stdin).
class FileSource {
 public:
  virtual ~FileSource() = default;
  enum class Kind { missing, file, directory, other };
  virtual Kind kind(const std::string& path) = 0;
  /// The whole file; an Error names the path, and why (missing, no permission, a directory, too large).
  virtual Result<std::string> read(const std::string& path) = 0;
  /// Paths that match a shell glob (*, ?, [..]), sorted by byte; a pattern without wildcard gives itself if it exists.
  virtual std::vector<std::string> glob(const std::string& pattern) = 0;
  /// What lies in a folder, sorted by byte; empty when it cannot be read.
  struct Entry {
    std::string name;
    Kind kind = Kind::missing;  ///< of what a symbolic link leads to
    bool is_link = false;
  };
  virtual std::vector<Entry> list(const std::string& folder) = 0;
};

/// The disk. Files over `max_file_size` bytes are refused with an Error that names the limit. With a `root`, absolute
/// paths are looked for below that folder, as in a container's image or a backup; symbolic links are the disk's own.
class DiskFiles : public FileSource {
 public:
  static constexpr size_t default_max_file_size = size_t{128} << 20;
  explicit DiskFiles(size_t max_file_size = default_max_file_size, std::string root = {})
      : max_file_size_(max_file_size), root_(std::move(root)) {}
  Kind kind(const std::string& path) override;
  Result<std::string> read(const std::string& path) override;
  std::vector<std::string> glob(const std::string& pattern) override;
  std::vector<Entry> list(const std::string& folder) override;

 private:
  std::string on_disk(const std::string& path) const;

  size_t max_file_size_;
  std::string root_;
};

/// Files in memory by absolute path; folders exist where a file lies below them.
class MemoryFiles : public FileSource {
 public:
  void add(std::string path, std::string text) { files_[std::move(path)] = std::move(text); }
  Kind kind(const std::string& path) override;
  Result<std::string> read(const std::string& path) override;
  std::vector<std::string> glob(const std::string& pattern) override;
  std::vector<Entry> list(const std::string& folder) override;

 private:
  std::map<std::string, std::string> files_;
};

/// "a/../b/./c" made absolute against `base` (itself absolute) and tidied; no file system access.
std::string resolve_path(std::string_view base, std::string_view path);

}  // namespace astray
