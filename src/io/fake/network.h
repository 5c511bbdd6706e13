#pragma once
#include <memory>

#include "io/fake/link.h"
#include "io/loop.h"
#include "io/network.h"

namespace astray::fake {

/// A network in memory. An address needs no set-up: every one is local, a port without listener refuses.
/// The loop outlives it, and it outlives its streams and listeners.
class Network final : public astray::Network {
 public:
  explicit Network(Loop& loop, uint64_t seed = 1);
  ~Network() override;

  /// For connections made from now on: to this endpoint, or to all that have none of their own.
  void set_link(Endpoint to, Link link);
  void set_default_link(Link link);
  /// Connects to it fail after a round trip, whoever listens.
  void fail_connects(Endpoint to, ConnectError::Kind kind);
  /// Connects to it wait, and time out after 127 seconds as Linux does.
  void swallow_connects(Endpoint to);
  /// Streams and listeners at once; the next is too_many_descriptors.
  void limit_descriptors(size_t most);
  size_t descriptors() const;

  using astray::Network::connect;
  using astray::Network::listen;
  Task<Result<std::unique_ptr<Stream>, ConnectError>> connect(Endpoint to, ConnectOptions options) override;
  Result<std::unique_ptr<StreamListener>, ListenError> listen(Endpoint at, ListenOptions options) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace astray::fake
