#include "watch/settings/restart.h"

namespace astray::watch {

std::vector<std::string> keys_needing_restart(const WatchSettings& running, const WatchSettings& fresh) {
  std::vector<std::string> keys;
  const auto compare = [&keys](const char* key, const auto& before, const auto& now) {
    if (!(before == now)) keys.emplace_back(key);
  };
  compare("dns_servers", running.dns_servers, fresh.dns_servers);
  compare("store.path", running.store.path, fresh.store.path);
  compare("page.address", running.page.listen, fresh.page.listen);
  compare("page.token", running.page.token_file, fresh.page.token_file);
  compare("page.names", running.page.names, fresh.page.names);
  compare("page.metrics_address", running.page.metrics_listen, fresh.page.metrics_listen);
  compare("webhooks", running.webhooks, fresh.webhooks);
  compare("alertmanagers", running.alertmanagers, fresh.alertmanagers);
  compare("clickhouse", running.clickhouse, fresh.clickhouse);
  compare("nats", running.nats, fresh.nats);
  return keys;
}

}  // namespace astray::watch
