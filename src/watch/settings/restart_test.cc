#include "watch/settings/restart.h"

#include <gtest/gtest.h>

namespace astray::watch {
namespace {

using Keys = std::vector<std::string>;

WatchSettings some_settings() {
  WatchSettings settings;
  settings.store.path = "/var/lib/astray/watch.db";
  settings.page.listen = Endpoint::parse("127.0.0.1:9422").value();
  settings.webhooks = {{.url = "https://ops.example/hook"}};
  settings.alertmanagers = {{.url = "http://127.0.0.1:9093"}};
  settings.clickhouse = ClickHouseSettings{.url = "http://127.0.0.1:8123"};
  settings.nats = NatsSettings{.url = "nats://127.0.0.1:4222", .credentials_file = {}, .region = "eu"};
  return settings;
}

TEST(KeysNeedingRestart, AreNoneForWhatARoundTakesUp) {
  WatchSettings fresh = some_settings();
  fresh.pace.interval = std::chrono::seconds(5);
  fresh.targets = {parse_target("b.example").value()};
  fresh.alerts.hold = std::chrono::minutes(5);
  fresh.store.keep = std::chrono::hours(1);
  fresh.logs = {{.path = "/var/log/nginx/access.log", .node = {}, .format = {}}};
  EXPECT_EQ(keys_needing_restart(some_settings(), fresh), Keys{});
}

TEST(KeysNeedingRestart, AreTheOnesThatAWatcherHasOpen) {
  const std::vector<std::pair<const char*, void (*)(WatchSettings&)>> changes = {
      {"dns_servers", [](WatchSettings& s) { s.dns_servers = {Endpoint::parse("127.0.0.1:53").value()}; }},
      {"store.path", [](WatchSettings& s) { s.store.path.clear(); }},
      {"page.address", [](WatchSettings& s) { s.page.listen.reset(); }},
      {"page.token", [](WatchSettings& s) { s.page.token_file = "token"; }},
      {"page.names", [](WatchSettings& s) { s.page.names = {*Hostname::parse("watch.example")}; }},
      {"page.metrics_address", [](WatchSettings& s) { s.page.metrics_listen = s.page.listen; }},
      {"webhooks", [](WatchSettings& s) { s.webhooks[0].secret_file = "secret"; }},
      {"webhooks", [](WatchSettings& s) { s.webhooks.push_back({.url = "https://other.example"}); }},
      {"alertmanagers", [](WatchSettings& s) { s.alertmanagers[0].timeout = std::chrono::seconds(1); }},
      {"clickhouse", [](WatchSettings& s) { s.clickhouse->database = "other"; }},
      {"clickhouse", [](WatchSettings& s) { s.clickhouse.reset(); }},
      {"nats", [](WatchSettings& s) { s.nats->agent = "berlin"; }},
  };
  for (const auto& [key, change] : changes) {
    WatchSettings fresh = some_settings();
    change(fresh);
    EXPECT_EQ(keys_needing_restart(some_settings(), fresh), Keys{key});
  }
}

}  // namespace
}  // namespace astray::watch
