#include "watch/outlets/all_outlets.h"

#include <fmt/format.h>

#include <set>

#include "watch/outlets/alertmanager.h"
#include "watch/outlets/clickhouse.h"
#include "watch/outlets/nats/nats_outlets.h"
#include "watch/outlets/webhook.h"

namespace astray::watch {
namespace {

client::Settings http_settings(OutletNeeds& needs) {
  client::Settings http = std::move(needs.http);
  http.wall_clock = needs.wall_clock;
  // A message is for the receiver that the settings name, on connections of its own.
  http.coalescing = client::CoalescePolicy::off;
  return http;
}

}  // namespace

Outlets::Outlets(OutletNeeds& needs)
    : sender_(needs.loop, needs.network, needs.resolver, http_settings(needs)) {}

Result<std::unique_ptr<Outlets>> Outlets::create(const WatchSettings& settings, OutletNeeds needs) {
  std::unique_ptr<Outlets> outlets(new Outlets(needs));
  std::set<std::string> names;
  uint64_t seed = needs.seed;
  std::optional<Error> error;
  const auto add = [&](Result<std::unique_ptr<Outlet>> made) {
    if (!made) {
      if (!error) error = std::move(made.error());
    } else if (!names.insert((*made)->name()).second) {
      if (!error) error = Error{(*made)->name() + " stands there twice, and would be told everything twice"};
    } else {
      outlets->all_.push_back(std::move(*made));
    }
  };
  const auto tools = [&] {
    return OutletTools{needs.loop, outlets->sender_, needs.store, needs.wall_clock, ++seed, needs.version};
  };
  auto metrics = std::make_unique<MetricsOutlet>(needs.loop);
  outlets->metrics_ = metrics.get();
  add(std::move(metrics));
  for (const WebhookSettings& webhook : settings.webhooks) add(Webhook::create(webhook, tools()));
  for (const AlertmanagerSettings& manager : settings.alertmanagers)
    add(Alertmanager::create(manager, tools()));
  if (settings.clickhouse) add(ClickHouse::create(*settings.clickhouse, tools()));
  if (settings.nats) add(make_nats_outlet(needs.sockets, settings, tools()));
  if (settings.is_agent) add(make_nats_share(needs.sockets, settings, needs.seed));
  if (error) return tl::unexpected(std::move(*error));
  return outlets;
}

std::string Outlets::metrics_text(const WatchState& state) const {
  return metrics_->text(state, all_, web::read_process_facts());
}

}  // namespace astray::watch
