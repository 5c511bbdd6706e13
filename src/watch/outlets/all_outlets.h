#pragma once
// Every outlet that the settings name, and the metrics, which are always there.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/epoll_loop.h"
#include "watch/outlets/metrics_outlet.h"
#include "watch/outlets/outlet_tools.h"
#include "watch/settings/settings.h"

namespace astray::watch {

/// What outlets are made with. Loop, network and resolver outlive them.
struct OutletNeeds {
  Loop& loop;
  Network& network;
  Resolver& resolver;
  StoreAccess store;
  client::Settings http;  ///< trust, proxies; the wall clock is set from below
  std::function<Instant()> wall_clock;
  uint64_t seed = 0;    ///< random
  std::string version;  ///< of the program
  /// The same loop as one that has sockets; null: there is none, and `nats:` is an error.
  EpollLoop* sockets = nullptr;
};

class Outlets {
 public:
  /// The error names the setting: a URL that is none, a secret that cannot be read, two that are the same.
  static Result<std::unique_ptr<Outlets>> create(const WatchSettings& settings, OutletNeeds needs);

  /// Each one's run() is to be spawned; its tasks end before this is destroyed.
  std::span<const std::unique_ptr<Outlet>> all() const { return all_; }
  /// The answer to GET /metrics, of the type web::PrometheusText::content_type.
  std::string metrics_text(const WatchState& state) const;

 private:
  explicit Outlets(OutletNeeds& needs);

  Sender sender_;
  std::vector<std::unique_ptr<Outlet>> all_;
  const MetricsOutlet* metrics_ = nullptr;  ///< among all_
};

}  // namespace astray::watch
