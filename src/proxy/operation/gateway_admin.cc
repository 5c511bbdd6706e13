#include "proxy/operation/gateway_admin.h"

#include <utility>

#include "gateway/configuration/check_parts.h"

namespace astray::proxy {
namespace {

AdminPool::Health health_of(BackAddressDescription::Health health) {
  return health == BackAddressDescription::Health::healthy ? AdminPool::Health::healthy
                                                           : AdminPool::Health::unhealthy;
}

AdminVirtualHost shown(const gateway::Configuration& configuration,
                       const gateway::VirtualHostSettings& virtual_host) {
  AdminVirtualHost host{.label = virtual_host.name.value.text};
  for (const auto& name : virtual_host.names) host.names.push_back(name.value.text());
  for (const gateway::ListenerSettings* listener : gateway::listeners_of(configuration, virtual_host))
    host.listeners.push_back(listener->name.value.text);
  return host;
}

}  // namespace

GatewayAdmin::GatewayAdmin(Gateway& gateway, std::string version, Reload reload)
    : gateway_(gateway),
      version_(std::move(version)),
      reload_(std::move(reload)),
      started_(std::chrono::system_clock::now()),
      configured_(started_) {}

void GatewayAdmin::note_reload_done() {
  ++reloads_done_;
  configured_ = std::chrono::system_clock::now();
}

std::string GatewayAdmin::metrics_text() const {
  const std::chrono::duration<double> configured = configured_.time_since_epoch();
  MetricsState state{.version = version_,
                     .generation = gateway_.site().generation(),
                     .reloads_done = reloads_done_,
                     .reloads_failed = reloads_failed_,
                     .last_reload_seconds = configured.count(),
                     .serving = serving_,
                     .log = gateway_.log_counts(),
                     .process = web::read_process_facts()};
  std::string text;
  gateway_.metrics().append_text(text, state);
  return text;
}

AdminState GatewayAdmin::state() const {
  const gateway::Configuration& configuration = gateway_.site().configuration();
  AdminState state{.version = version_,
                   .now = std::chrono::system_clock::now(),
                   .started = started_,
                   .generation = gateway_.site().generation(),
                   .configured = configured_,
                   .serving = serving_,
                   .refusals = gateway_.refusals().newest()};
  for (const Listener& listener : gateway_.site().listeners())
    state.listeners.push_back(
        {listener.settings->name.value.text, listener.settings->address.value, listener.at.scheme});
  for (const gateway::VirtualHostSettings& each : configuration.virtual_hosts)
    state.virtual_hosts.push_back(shown(configuration, each));
  for (const BackDescription& back : gateway_.describe_backs())
    for (const BackAddressDescription& address : back.addresses)
      state.pools.push_back(
          {back.name, address.endpoint, health_of(address.health), address.open, address.active});
  return state;
}

Task<Result<uint64_t>> GatewayAdmin::reload() {
  Result<uint64_t> reloaded = reload_();
  co_return reloaded;
}

}  // namespace astray::proxy
