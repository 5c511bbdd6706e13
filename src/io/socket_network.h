#pragma once
#include "io/epoll_loop.h"
#include "io/file_descriptor.h"
#include "io/network.h"

namespace astray {

/// TCP sockets: non-blocking, close-on-exec, TCP_NODELAY. The loop outlives it.
class SocketNetwork final : public Network {
 public:
  explicit SocketNetwork(EpollLoop& loop) : loop_(loop) {}

  using Network::connect;
  using Network::listen;
  Task<Result<std::unique_ptr<Stream>, ConnectError>> connect(Endpoint to, ConnectOptions options) override;
  Result<std::unique_ptr<StreamListener>, ListenError> listen(Endpoint at, ListenOptions options) override;
  /// Of open_listening_socket(), or given by whoever started the process.
  std::unique_ptr<StreamListener> adopt(FileDescriptor socket);

 private:
  EpollLoop& loop_;
};

}  // namespace astray
