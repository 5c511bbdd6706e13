#include "io/listening_socket.h"

#include <sys/socket.h>

#include <cerrno>

#include "io/socket_address.h"

namespace astray {
namespace {

Failure<ListenError> listen_failure(int system_error) {
  using Kind = ListenError::Kind;
  Kind kind = Kind::other;
  if (system_error == EADDRINUSE) kind = Kind::address_in_use;
  if (system_error == EADDRNOTAVAIL || system_error == EAFNOSUPPORT) kind = Kind::address_unavailable;
  if (system_error == EMFILE || system_error == ENFILE) kind = Kind::too_many_descriptors;
  if (system_error == EACCES || system_error == EPERM) kind = Kind::permission_denied;
  return Failure<ListenError>(ListenError{kind, system_error});
}

void set_on(const FileDescriptor& socket, int level, int option) {
  int on = 1;
  setsockopt(socket.number(), level, option, &on, sizeof on);
}

}  // namespace

Result<FileDescriptor, ListenError> open_listening_socket(Endpoint at, ListenOptions options) {
  SocketAddress address(at);
  FileDescriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return listen_failure(errno);
  set_on(socket, SOL_SOCKET, SO_REUSEADDR);
  if (options.sharing == PortSharing::shared) set_on(socket, SOL_SOCKET, SO_REUSEPORT);
  if (address.family() == AF_INET6) set_on(socket, IPPROTO_IPV6, IPV6_V6ONLY);
  if (bind(socket.number(), address.data(), address.size()) != 0) return listen_failure(errno);
  if (::listen(socket.number(), options.backlog) != 0) return listen_failure(errno);
  return socket;
}

Endpoint local_endpoint(const FileDescriptor& socket) {
  SocketAddress address;
  getsockname(socket.number(), address.data(), address.size_pointer());
  return address.endpoint();
}

}  // namespace astray
