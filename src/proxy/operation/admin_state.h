#pragma once
// What the operator is shown: plain data, collected by whoever runs the gateway.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/log/log_record.h"
#include "proxy/operation/metrics.h"
#include "proxy/operation/recent_refusals.h"

namespace astray::proxy {

struct AdminListener {
  std::string label{};
  Endpoint address = Endpoint::with_any_port(IpAddress::v4({}));
  Scheme scheme = Scheme::https;
};

struct AdminVirtualHost {
  std::string label{};
  std::vector<std::string> names{};
  std::vector<std::string> listeners{};  ///< labels
};

/// One address of a back, over all workers.
struct AdminPool {
  std::string back{};  ///< label
  Endpoint address = Endpoint::with_any_port(IpAddress::v4({}));
  enum class Health : uint8_t { unknown, healthy, unhealthy } health = Health::unknown;
  uint64_t connections = 0;
  uint64_t requests = 0;  ///< under way
};
std::string_view to_string(AdminPool::Health health);

struct AdminState {
  std::string version{};
  gateway::WallTime now{};
  gateway::WallTime started{};
  uint64_t generation = 0;
  std::optional<gateway::WallTime> configured{};  ///< when the configuration in use was taken up
  MetricsState::Serving serving = MetricsState::Serving::ready;
  std::vector<AdminListener> listeners{};
  std::vector<AdminVirtualHost> virtual_hosts{};
  std::vector<AdminPool> pools{};
  std::vector<RecentRefusal> refusals{};  ///< the newest first
};

/// JSON as docs/schema/gateway-state.schema.json has it. Lists end after 1000 entries, names of a virtual
/// host after 100; how many there are is told beside them.
std::string admin_state_json(const AdminState& state);

}  // namespace astray::proxy
