#pragma once
#include <random>

#include "cli/probe_progress.h"
#include "cli/watch_configured.h"
#include "io/cares_resolver.h"
#include "io/epoll_loop.h"
#include "io/socket_network.h"
#include "watch/watcher.h"

namespace astray {

/// A watcher's surroundings on this machine: network, clock, disk. Outlives the watcher.
class WatchMachine {
 public:
  /// Without a store in the settings it is in memory.
  WatchMachine(const watch::WatchSettings& settings, Console& console, ProbeProgressLine& progress);
  WatchMachine(const WatchMachine&) = delete;
  WatchMachine& operator=(const WatchMachine&) = delete;

  EpollLoop& loop() { return loop_; }
  SocketNetwork& network() { return network_; }
  Resolver& resolver() { return resolver_; }
  watch::StoreKeeper& store() { return store_; }
  watch::WatcherWorld world();
  uint64_t random() { return chance_(); }

 private:
  EpollLoop loop_;
  SocketNetwork network_;
  CaresResolver resolver_;
  watch::NetworkAsker asker_;
  watch::StoreKeeper store_;
  WatchedConfigurations configurations_;
  ProbeProgressLine& progress_;
  std::mt19937_64 chance_;
};

}  // namespace astray
