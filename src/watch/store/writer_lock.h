#pragma once
#include <memory>
#include <string>

#include "io/file_descriptor.h"
#include "watch/store/store.h"

namespace astray::watch {

/// Says that this process is the one that writes the store: a lock on the file beside it, which the kernel
/// frees when the process ends in whatever way. The file stays; it holds the number of who has, or had, it.
class WriterLock {
 public:
  /// Trouble `in_use`, with the other's number, while another has it.
  static Stored<WriterLock> take(const std::string& store_path);

 private:
  explicit WriterLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace astray::watch
