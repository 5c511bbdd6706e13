#include "proxy/operation/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <optional>

#include <fmt/format.h>

#include "io/error_text.h"

namespace astray::proxy {
namespace {

/// Whether there is room within the time; errno is EAGAIN when there is none.
bool log_has_room(int descriptor, Duration patience) {
  pollfd polled{.fd = descriptor, .events = POLLOUT, .revents = 0};
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  const int ready = poll(&polled, 1, static_cast<int>(std::clamp<int64_t>(milliseconds, 0, 60'000)));
  if (ready == 0) errno = EAGAIN;
  return ready > 0;
}

/// Opened by name they would fail where systemd made them sockets.
std::optional<int> standard_stream(std::string_view path) {
  if (path == "-" || path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  return std::nullopt;
}

}  // namespace

Result<LogFile> LogFile::open(std::string path) {
  FileDescriptor file;
  if (const auto standard = standard_stream(path)) {
    file = FileDescriptor(fcntl(*standard, F_DUPFD_CLOEXEC, 3));
  } else {
    // O_NONBLOCK means nothing to a file, and keeps a pipe without a reader from holding us here.
    file =
        FileDescriptor(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                              S_IRUSR | S_IWUSR | S_IRGRP));
  }
  struct stat status {};
  if (!file.is_open() || fstat(file.number(), &status) != 0)
    return failure(with_system_error(fmt::format("cannot open the log {}", path), errno));
  const Pace pace = S_ISREG(status.st_mode) ? Pace::disk : Pace::reader;
  return LogFile(std::move(path), std::move(file), pace);
}

LogFile::Progress LogFile::write(std::string_view bytes, Duration patience) {
  Progress progress;
  while (progress.bytes < bytes.size()) {
    std::string_view piece = bytes.substr(progress.bytes);
    if (pace_ == Pace::reader) {
      piece = piece.substr(0, PIPE_BUF);  // so many go into a pipe at once, where there is room at all
      if (!log_has_room(file_.number(), patience)) {
        if (errno == EINTR) continue;
        progress.system_error = errno;
        return progress;
      }
    }
    const ssize_t written = ::write(file_.number(), piece.data(), piece.size());
    if (written > 0) {
      progress.bytes += static_cast<size_t>(written);
    } else if (written == 0 || errno != EINTR) {
      progress.system_error = written == 0 ? EIO : errno;
      return progress;
    }
  }
  return progress;
}

}  // namespace astray::proxy
