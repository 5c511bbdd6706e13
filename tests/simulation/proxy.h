#pragma once
// An HTTP proxy in memory: tunnels and forwards, or lies.
#include <memory>
#include <string>

#include "io/network.h"
#include "io/task_group.h"

namespace astray::simulation {

enum class ProxyManner : uint8_t {
  honest,
  refuses,         ///< 403 to CONNECT
  wants_password,  ///< 407
  speaks_first,    ///< bytes of its own behind the 200
  no_http,         ///< answers with an FTP greeting
  silent,
  hangs_up,  ///< closes after the request
};

/// Listens while it lives. Loop and network outlive it.
class Proxy {
 public:
  /// Tunnels lead to `back` whatever was asked for.
  Proxy(Loop& loop, Network& network, Endpoint at, Endpoint back, ProxyManner manner = ProxyManner::honest);

  const std::string& last_head() const { return last_head_; }
  size_t tunnels() const { return tunnels_; }

 private:
  Task<void> accept_all();
  Task<void> serve(std::unique_ptr<Stream> client);
  Task<void> relay(Stream& client);

  Loop& loop_;
  Network& network_;
  Endpoint back_;
  ProxyManner manner_;
  std::string last_head_;
  size_t tunnels_ = 0;
  std::unique_ptr<StreamListener> listener_;
  TaskGroup connections_;
  SpawnedTask accepting_;
};

}  // namespace astray::simulation
