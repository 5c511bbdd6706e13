#include "watch/rounds/followed_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/error_text.h"

namespace astray::watch {
namespace {

/// A line that is longer is passed over.
constexpr size_t longest_line = size_t{1} << 20;

}  // namespace

FollowedLog::FollowedLog(std::string path) : path_(std::move(path)) {
  struct stat status {};
  if (!open_at_path() || ::fstat(file_.number(), &status) != 0) return;
  read_up_to_ = static_cast<uint64_t>(status.st_size);
}

Result<void> FollowedLog::open_at_path() {
  FileDescriptor opened(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!opened.is_open() || ::fstat(opened.number(), &status) != 0)
    return failure(with_system_error(fmt::format("the log {} cannot be read", path_), errno));
  if (!S_ISREG(status.st_mode)) return failure(fmt::format("the log {} is no file", path_));
  file_ = std::move(opened);
  read_up_to_ = 0;
  return {};
}

bool FollowedLog::is_replaced() const {
  struct stat at_path {}, held {};
  return ::stat(path_.c_str(), &at_path) == 0 && ::fstat(file_.number(), &held) == 0 &&
         (at_path.st_ino != held.st_ino || at_path.st_dev != held.st_dev);
}

Result<std::string> FollowedLog::read_new(size_t most) {
  std::string lines;
  if (file_.is_open()) {
    const bool replaced = is_replaced();
    if (const Result<void> read = read_lines(most, lines); !read) return Failure<Error>(read.error());
    // A part of a line at the end of a file that was put aside is never completed.
    if (!replaced || lines.size() >= most) return lines;
  }
  if (const Result<void> opened = open_at_path(); !opened) return Failure<Error>(opened.error());
  if (const Result<void> read = read_lines(most - lines.size(), lines); !read) return Failure<Error>(read.error());
  return lines;
}

Result<void> FollowedLog::read_lines(size_t most, std::string& lines) {
  struct stat status {};
  if (::fstat(file_.number(), &status) != 0)
    return failure(with_system_error(fmt::format("the log {} cannot be read", path_), errno));
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size < read_up_to_) read_up_to_ = 0;
  const size_t before = lines.size();
  const auto wanted = static_cast<size_t>(std::min<uint64_t>(most, size - read_up_to_));
  lines.resize(before + wanted);
  size_t filled = 0;
  while (filled < wanted) {
    const ssize_t more = ::pread(file_.number(), lines.data() + before + filled, wanted - filled,
                                 static_cast<off_t>(read_up_to_ + filled));
    if (more < 0) {
      lines.resize(before);
      return failure(with_system_error(fmt::format("the log {} cannot be read", path_), errno));
    }
    if (more == 0) break;
    filled += static_cast<size_t>(more);
  }
  lines.resize(before + filled);
  const size_t end = lines.rfind('\n');
  const bool has_line = end != std::string::npos && end >= before;
  if (has_line) {
    lines.resize(end + 1);
  } else {
    if (filled >= longest_line) read_up_to_ += filled;
    lines.resize(before);
    return {};
  }
  read_up_to_ += lines.size() - before;
  return {};
}

}  // namespace astray::watch
