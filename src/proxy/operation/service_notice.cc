#include "proxy/operation/service_notice.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <fmt/format.h>

#include "io/error_text.h"

namespace astray::proxy {

Result<ServiceNotice> ServiceNotice::to(std::optional<std::string_view> socket) {
  ServiceNotice notice;
  if (!socket || socket->empty()) return notice;
  notice.name_ = *socket;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if ((socket->front() != '/' && socket->front() != '@') || socket->size() < 2)
    return failure(fmt::format("NOTIFY_SOCKET is {}; expected a path, or @ and a name", *socket));
  // A path ends with NUL, an abstract name begins with it and ends with its size.
  if (socket->size() + (socket->front() == '/' ? 1 : 0) > sizeof address.sun_path)
    return failure(fmt::format("NOTIFY_SOCKET is longer than the {} bytes that a socket's name may have",
                               sizeof address.sun_path - 1));
  std::memcpy(address.sun_path, socket->data(), socket->size());
  if (socket->front() == '@') address.sun_path[0] = '\0';
  const size_t size = offsetof(sockaddr_un, sun_path) + socket->size() + (socket->front() == '/' ? 1 : 0);
  notice.socket_ = FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!notice.socket_.is_open() ||
      connect(notice.socket_.number(), reinterpret_cast<const sockaddr*>(&address),
              static_cast<socklen_t>(size)) != 0)
    return failure(with_system_error(fmt::format("cannot reach the service manager at {}", *socket), errno));
  return notice;
}

Result<void> ServiceNotice::reloading(MonotonicTime now) {
  const auto microseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  return send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds));
}

Result<void> ServiceNotice::status(std::string_view sentence) {
  std::string line = "STATUS=" + std::string(sentence.substr(0, 256));
  // A line of its own would be another state.
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return send(line);
}

Result<void> ServiceNotice::send(std::string_view state) {
  if (!is_heard()) return {};
  for (;;) {
    if (::send(socket_.number(), state.data(), state.size(), MSG_NOSIGNAL) >= 0) return {};
    if (errno != EINTR)
      return failure(with_system_error(fmt::format("cannot tell the service manager at {}", name_), errno));
  }
}

}  // namespace astray::proxy
