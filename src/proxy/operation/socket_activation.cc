#include "proxy/operation/socket_activation.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <fmt/format.h>

#include "io/error_text.h"
#include "io/socket_address.h"

namespace astray::proxy {
namespace {

constexpr int most_sockets = 1000;

std::optional<int64_t> number_of(std::string_view digits) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 0) return std::nullopt;
  return number;
}

std::string take_activation_name(std::string_view& names) {
  const size_t end = std::min(names.find(':'), names.size());
  std::string name(names.substr(0, end));
  names.remove_prefix(std::min(end + 1, names.size()));
  return name;
}

int socket_option(int descriptor, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

Result<Endpoint> prepare(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0)
    return failure(
        with_system_error(fmt::format("descriptor {} of LISTEN_FDS cannot be used", descriptor), errno));
  SocketAddress address;
  const bool has_address = getsockname(descriptor, address.data(), address.size_pointer()) == 0;
  const bool is_internet = has_address && (address.family() == AF_INET || address.family() == AF_INET6);
  if (!is_internet || socket_option(descriptor, SO_TYPE) != SOCK_STREAM ||
      socket_option(descriptor, SO_ACCEPTCONN) != 1)
    return failure(
        fmt::format("descriptor {} of LISTEN_FDS is no listening TCP socket; the socket unit needs "
                    "ListenStream= with a port, "
                    "and Accept=no",
                    descriptor));
  return address.endpoint();
}

}  // namespace

Result<std::vector<ActivatedSocket>> take_activated_sockets(const ActivationVariables& variables, pid_t self,
                                                            int first) {
  std::vector<ActivatedSocket> sockets;
  if (!variables.process || !variables.descriptors) return sockets;
  const auto process = number_of(*variables.process);
  if (!process)
    return failure(fmt::format("LISTEN_PID is {}; expected the number of a process", *variables.process));
  if (*process != self) return sockets;
  const auto count = number_of(*variables.descriptors);
  if (!count || *count > most_sockets)
    return failure(
        fmt::format("LISTEN_FDS is {}; expected a number up to {}", *variables.descriptors, most_sockets));

  // All are ours from here on, so that an error leaves none open.
  std::string_view names = variables.names.value_or("");
  for (int i = 0; i < static_cast<int>(*count); ++i)
    sockets.push_back(
        {FileDescriptor(first + i), Endpoint::with_any_port(IpAddress::v4({})), take_activation_name(names)});
  for (ActivatedSocket& socket : sockets) {
    auto address = prepare(socket.descriptor.number());
    if (!address) return Failure<Error>(address.error());
    socket.address = *address;
  }
  return sockets;
}

}  // namespace astray::proxy
