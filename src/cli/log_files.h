#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "explain/source.h"

namespace astray {

/// Puts the files of a rotated set into the order in which they were written, each set where its first file
/// stood: access.log.2.gz access.log.1 access.log; access.log-20260101 access.log-20260102 access.log.
std::vector<std::string> in_order_of_rotation(std::vector<std::string> paths);

/// A file, or standard input for "-".
class FileBytes : public explain::ByteSource {
 public:
  static Result<std::unique_ptr<FileBytes>> open(const std::string& path);
  ~FileBytes() override;
  Result<size_t> read(char* into, size_t size) override;

 protected:
  FileBytes(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  int descriptor_;
  std::string path_;
};

/// A file that is still being written: at its end it is looked at again, and when another file has its path
/// (logrotate) or it was made shorter (copytruncate), that is read from its beginning. It ends when `stop`
/// says so.
class FollowedFile : public explain::ByteSource {
 public:
  static Result<std::unique_ptr<FollowedFile>> open(const std::string& path, const std::atomic<bool>& stop);
  ~FollowedFile() override;
  Result<size_t> read(char* into, size_t size) override;

 private:
  FollowedFile(int descriptor, std::string path, const std::atomic<bool>& stop)
      : descriptor_(descriptor), path_(std::move(path)), stop_(stop) {}
  void reopen_if_replaced();
  int descriptor_;
  std::string path_;
  const std::atomic<bool>& stop_;
};

}  // namespace astray
