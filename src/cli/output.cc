#include "cli/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "report/printable.h"

namespace astray {

Output::Output(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

Output::~Output() {
  flush();
}

void Output::write(std::string_view bytes) {
  if (error_ != 0) return;
  if (buffer_.size() + bytes.size() <= buffer_bytes) {
    if (buffer_.capacity() < buffer_bytes) buffer_.reserve(buffer_bytes);
    buffer_ += bytes;
    return;
  }
  flush();
  if (bytes.size() >= buffer_bytes) {
    write_through(bytes);
  } else {
    buffer_ += bytes;
  }
}

void Output::flush() {
  write_through(buffer_);
  buffer_.clear();
}

void Output::write_through(std::string_view bytes) {
  while (!bytes.empty() && error_ == 0) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
}

std::optional<Error> Output::finish() {
  flush();
  if (error_ == 0 || error_ == EPIPE) return std::nullopt;
  return Error{fmt::format("cannot write to {}: {}", name_, std::strerror(error_))};
}

Result<OutputFile> OutputFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  if (descriptor < 0) {
    return failure(
        fmt::format("cannot write to {}: {}; name a file in a folder that exists and may be written",
                    printable(path), std::strerror(errno)));
  }
  return OutputFile(descriptor, path);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<int> OutputFile::begin() {
  struct stat status {};
  const bool regular = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  if (regular && ::ftruncate(descriptor_, 0) != 0) {
    return failure(fmt::format("cannot write to {}: {}", printable(path_), std::strerror(errno)));
  }
  return descriptor_;
}

}  // namespace astray
