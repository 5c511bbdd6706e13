#include "io/socket_network.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "io/listening_socket.h"
#include "io/sleep.h"
#include "io/socket_address.h"
#include "io/socket_stream.h"
#include "io/waking_watch.h"

namespace astray {
namespace {

using ConnectResult = Result<std::unique_ptr<Stream>, ConnectError>;

Failure<ConnectError> connect_failure(int system_error) {
  using Kind = ConnectError::Kind;
  Kind kind = Kind::other;
  switch (system_error) {
    case ECONNREFUSED:
      kind = Kind::refused;
      break;
    case ETIMEDOUT:
      kind = Kind::timed_out;
      break;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EAFNOSUPPORT:
      kind = Kind::unreachable;
      break;
    case EADDRNOTAVAIL:
    case EADDRINUSE:
      kind = Kind::address_unavailable;
      break;
    case EMFILE:
    case ENFILE:
      kind = Kind::too_many_descriptors;
      break;
    case EACCES:
    case EPERM:
      kind = Kind::permission_denied;
      break;
    default:
      break;
  }
  return Failure<ConnectError>(ConnectError{kind, system_error});
}

void switch_on(int socket, int level, int option) {
  int on = 1;
  setsockopt(socket, level, option, &on, sizeof on);
}

FileDescriptor open_socket(int family) {
  return FileDescriptor(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

class SocketListener final : public StreamListener {
 public:
  SocketListener(EpollLoop& loop, FileDescriptor socket)
      : loop_(loop),
        socket_(std::move(socket)),
        waiting_(loop),
        retry_at_(loop.now()),
        watch_(loop, socket_.number(), waiting_) {}

  Task<Result<std::unique_ptr<Stream>, AcceptError>> accept() override {
    if (budget_.spend(loop_) == TurnBudget::Left::none) co_await next_turn(loop_);
    if (retry_at_ > loop_.now()) co_await sleep_until(loop_, retry_at_);
    for (;;) {
      SocketAddress peer;
      FileDescriptor accepted(
          accept4(socket_.number(), peer.data(), peer.size_pointer(), SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (accepted.is_open()) {
        switch_on(accepted.number(), IPPROTO_TCP, TCP_NODELAY);
        co_return std::make_unique<SocketStream>(loop_, std::move(accepted), peer.endpoint());
      }
      int error = errno;
      if (error == EAGAIN) {
        co_await waiting_.wait();
      } else if (error == EMFILE || error == ENFILE) {
        // The connection stays in the backlog and would be tried again at once, for nothing.
        retry_at_ = loop_.now() + std::chrono::milliseconds(100);
        co_return Failure<AcceptError>(AcceptError{AcceptError::Kind::too_many_descriptors, error});
      } else if (error == EBADF || error == EINVAL || error == ENOTSOCK || error == ENOBUFS ||
                 error == ENOMEM) {
        retry_at_ = loop_.now() + std::chrono::milliseconds(100);
        co_return Failure<AcceptError>(AcceptError{AcceptError::Kind::other, error});
      }
      // All else is the fate of a connection that ended before it was accepted (accept(2), "Error handling").
    }
  }

  Endpoint local() const override {
    SocketAddress address;
    getsockname(socket_.number(), address.data(), address.size_pointer());
    return address.endpoint();
  }

 private:
  EpollLoop& loop_;
  FileDescriptor socket_;
  WaitQueue waiting_;
  TurnBudget budget_;
  MonotonicTime retry_at_;
  WakingWatch watch_;  // the last member: it goes before the socket
};

}  // namespace

Task<ConnectResult> SocketNetwork::connect(Endpoint to, ConnectOptions options) {
  SocketAddress address(to);
  FileDescriptor socket = open_socket(address.family());
  if (!socket.is_open()) co_return connect_failure(errno);
  switch_on(socket.number(), IPPROTO_TCP, TCP_NODELAY);
  if (options.from) {
    // The port is then picked by connect(), which may use one for several peers.
    switch_on(socket.number(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    SocketAddress from(Endpoint::with_any_port(*options.from));
    if (bind(socket.number(), from.data(), from.size()) != 0) co_return connect_failure(errno);
  }
  int status;
  do {
    status = ::connect(socket.number(), address.data(), address.size());
  } while (status != 0 && errno == EINTR);
  int error = status == 0 ? 0 : errno;
  if (error != 0 && error != EINPROGRESS && error != EALREADY) co_return connect_failure(error);

  auto stream = std::make_unique<SocketStream>(loop_, std::move(socket), to);
  if (error != 0) {
    error = co_await stream->connected();
    if (error != 0) co_return connect_failure(error);
  }
  co_return stream;
}

Result<std::unique_ptr<StreamListener>, ListenError> SocketNetwork::listen(Endpoint at,
                                                                           ListenOptions options) {
  Result<FileDescriptor, ListenError> socket = open_listening_socket(at, options);
  if (!socket) return Failure<ListenError>(socket.error());
  return adopt(std::move(*socket));
}

std::unique_ptr<StreamListener> SocketNetwork::adopt(FileDescriptor socket) {
  return std::make_unique<SocketListener>(loop_, std::move(socket));
}

}  // namespace astray
