#pragma once
// A gateway as the operator's port sees it, for tests.
#include "proxy/operation/admin_answers.h"

namespace astray::test {

inline proxy::AdminState some_admin_state() {
  using proxy::AdminPool, proxy::AdminState, proxy::RecentRefusal;
  using namespace std::chrono;
  AdminState state;
  state.version = "0.1.0";
  state.started = gateway::WallTime{seconds(1764341150)};
  state.now = state.started + hours(1);
  state.configured = state.started + minutes(5);
  state.generation = 2;
  state.listeners = {{.label = "https", .address = Endpoint::parse("[::]:443").value()}};
  state.virtual_hosts = {{.label = "first", .names = {"a.example", "*.a.example"}, .listeners = {"https"}}};
  state.pools = {{.back = "app",
                  .address = Endpoint::parse("192.0.2.1:80").value(),
                  .health = AdminPool::Health::healthy,
                  .connections = 3,
                  .requests = 1}};
  RecentRefusal refusal;
  refusal.time = state.started + 10s;
  refusal.client = Endpoint::parse("192.0.2.7:5000").value();
  refusal.listener = "https";
  refusal.connection_id = 9;
  refusal.request_number = 2;
  refusal.protocol = Protocol::h2;
  refusal.sni = "a.example";
  refusal.authority = "</script><b>\"b.example";
  refusal.handshake_virtual_host = "first";
  refusal.virtual_host = "second";
  refusal.reason = Reason::certificate_gap;
  state.refusals = {refusal, RecentRefusal{}};
  return state;
}

class FakeAdminSource final : public proxy::AdminSource {
 public:
  proxy::MetricsState::Serving serving() const override { return serving_now; }
  std::string metrics_text() const override { return "# metrics\n"; }
  proxy::AdminState state() const override { return shown; }
  Task<Result<uint64_t>> reload() override {
    ++reloads;
    co_return reloaded;
  }

  proxy::MetricsState::Serving serving_now = proxy::MetricsState::Serving::ready;
  proxy::AdminState shown = some_admin_state();
  Result<uint64_t> reloaded = 3;
  int reloads = 0;
};

}  // namespace astray::test
