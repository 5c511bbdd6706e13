// Addresses of a back: their health, and the names behind them.
#include "proxy/back/back_world_test.h"

namespace astray::proxy::test {
namespace {

constexpr Duration a_while = 50ms;

TEST(BackAddresses, AnAddressRestsAfterFailuresAndComesBack) {
  BackWorld world({"10.0.0.1:80", "10.0.0.2:80"});
  world.settings().health.passive.settings = gateway::PassiveHealthSettings{.failures = 2, .rest = 20s};
  world.settings().connect_retries = 0;
  TestServer& good = world.serve("10.0.0.2:80", http1());
  size_t failed = 0;
  for (int i = 0; i < 20; ++i) {
    const auto request = world.get();
    world.run(a_while);
    if (request->failure) ++failed;
  }
  EXPECT_EQ(failed, 2U);
  EXPECT_EQ(requests_to(good), 18U);
  using Health = BackAddressDescription::Health;
  EXPECT_EQ(world.backs().describe()[0].addresses[0].health, Health::resting);
  EXPECT_EQ(world.backs().describe()[0].addresses[1].health, Health::healthy);
  TestServer& back_again = world.serve("10.0.0.1:80", http1());
  world.run(20s);
  for (int i = 0; i < 10; ++i) {
    const auto request = world.get();
    world.run(a_while);
    EXPECT_TRUE(request->head);
  }
  EXPECT_EQ(requests_to(back_again), 5U);
}

TEST(BackAddresses, WhenAllRestTheOneThatRestedLongestIsTried) {
  BackWorld world({"10.0.0.1:80"});
  world.settings().health.passive.settings = gateway::PassiveHealthSettings{.failures = 1, .rest = 1h};
  const auto failed = world.get();
  world.run(a_while);
  EXPECT_TRUE(failed->failure);
  world.serve("10.0.0.1:80", http1());
  const auto request = world.get();
  world.run(a_while);
  EXPECT_EQ(request->log, "connection head:200 body end");
}

TEST(BackAddresses, AKeptConnectionThatClosesIsNoFailureOfTheBack) {
  BackWorld world;
  world.settings().health.passive.settings = gateway::PassiveHealthSettings{.failures = 1, .rest = 1h};
  world.serve("10.0.0.1:80", http1({{}, {.send = "", .then = Ending::close}}));
  const auto first = world.get();
  world.run(a_while);
  const auto second = world.get();
  world.run(a_while);
  EXPECT_EQ(second->log, "connection:reused failure:closed-early:possible");
  EXPECT_EQ(world.backs().describe()[0].addresses[0].health, BackAddressDescription::Health::healthy);
}

struct ActiveWorld : BackWorld {
  explicit ActiveWorld(std::vector<std::string> addresses) : BackWorld(std::move(addresses)) {
    settings().health.active.emplace();
    settings().health.active->path.text = "/healthz";
    settings().health.active->host = Host::parse("check.example").value();
  }
};

TEST(BackAddresses, ChecksAddressesAtOnceAndPassesOverTheBad) {
  ActiveWorld world({"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"});
  const std::string bad = "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n";
  TestServer& failing = world.serve("10.0.0.1:80", http1({{.send = bad}}));
  TestServer& good =
      world.serve("10.0.0.2:80", http1({{.send = "HTTP/1.1 302 x\r\nContent-Length: 0\r\n\r\n"}}));
  (void)world.backs();
  world.run(a_while);
  ASSERT_EQ(failing.connections.size(), 1U);
  EXPECT_EQ(failing.connections[0].received,
            "GET /healthz HTTP/1.1\r\nHost: check.example\r\nuser-agent: astray-health-check\r\n\r\n");
  EXPECT_TRUE(failing.connections[0].client_closed);
  for (int i = 0; i < 9; ++i) {
    const auto request = world.get();
    world.run(1ms);
    EXPECT_EQ(request->log, i == 0 ? "connection head:302 end" : "connection:reused head:302 end");
  }
  EXPECT_EQ(requests_to(good), 10U);
  EXPECT_EQ(requests_to(failing), 1U);
  world.run(10s);
  EXPECT_EQ(requests_to(failing), 3U);
  using Health = BackAddressDescription::Health;
  const std::vector<BackDescription> described = world.backs().describe();
  EXPECT_EQ(described[0].addresses[0].health, Health::unhealthy);
  EXPECT_EQ(described[0].addresses[1].health, Health::healthy);
  EXPECT_EQ(described[0].addresses[2].health, Health::unhealthy);
}

TEST(BackAddresses, AllThatFailTheirChecksAreUnavailable) {
  ActiveWorld world({"10.0.0.1:80", "10.0.0.2:80"});
  world.serve("10.0.0.1:80", http1({{.send = ""}}));
  (void)world.backs();
  world.run(1s);
  const auto early = world.get();
  world.run(2s);
  const auto request = world.get();
  world.run(a_while);
  EXPECT_EQ(request->log, "failure:unavailable:never");
  EXPECT_EQ(early->log, "connection");
  // It recovers after two good answers in a row.
  world.serve("10.0.0.2:80", http1());
  world.run(12s);
  const auto later = world.get();
  world.run(a_while);
  EXPECT_EQ(later->log, "connection head:200 body end");
}

TEST(BackAddresses, OneWorkerChecksAndAllSeeIt) {
  ActiveWorld checking({"10.0.0.1:80"});
  ActiveWorld other({"10.0.0.1:80"});
  other.checks = HealthChecks::leave_to_another;
  other.health = checking.health;
  (void)checking.backs();
  TestServer& server = other.serve("10.0.0.1:80", http1());
  const auto before = other.get();
  other.run(1s);
  EXPECT_TRUE(before->head);
  EXPECT_EQ(requests_to(server), 1U);
  checking.run(1s);
  const auto after = other.get();
  other.run(a_while);
  EXPECT_EQ(after->log, "failure:unavailable:never");
}

TEST(BackAddresses, FollowsItsNamesWhereverTheyGo) {
  BackWorld world({"app.internal:80"});
  const Hostname name = Hostname::parse("app.internal").value();
  const auto address = [](uint8_t last) { return IpAddress::v4({10, 0, 0, last}); };
  world.resolver.set(name, {address(1)});
  TestServer& one = world.serve("10.0.0.1:80", http1());
  TestServer& two = world.serve("10.0.0.2:80", http1());
  const auto first = world.get();
  EXPECT_EQ(world.counters().waiting_now, 1U);
  world.run(a_while);
  EXPECT_EQ(first->log, "connection head:200 body end");
  world.resolver.set(name, {address(2)});
  world.run(20s);
  EXPECT_FALSE(one.connections[0].client_closed);
  world.run(11s);
  EXPECT_TRUE(one.connections[0].client_closed);
  const auto second = world.get();
  world.run(a_while);
  EXPECT_EQ(second->connection->peer, at("10.0.0.2:80"));
  EXPECT_EQ(requests_to(two), 1U);
  // A resolver that fails takes nothing away.
  world.resolver.set(name, ResolveError{ResolveError::Kind::server_failed, "x"});
  world.run(60s);
  const auto third = world.get();
  world.run(a_while);
  EXPECT_TRUE(third->head);
  EXPECT_FALSE(world.backs().describe()[0].problem.empty());
}

TEST(BackAddresses, AFailedConnectAsksForTheNameAtOnce) {
  BackWorld world({"app.internal:80"});
  const Hostname name = Hostname::parse("app.internal").value();
  world.resolver.set(name, {IpAddress::v4({10, 0, 0, 1})});
  world.serve("10.0.0.2:80", http1());
  const auto first = world.get();
  world.run(2s);
  EXPECT_TRUE(first->failure);
  world.resolver.set(name, {IpAddress::v4({10, 0, 0, 2})});
  const auto second = world.get();
  world.run(2s);
  const auto third = world.get();
  world.run(a_while);
  EXPECT_EQ(third->log, "connection head:200 body end");
}

TEST(BackAddresses, ANameThatDoesNotExistIsUnavailableUntilItDoes) {
  BackWorld world({"app.internal:80"});
  const Hostname name = Hostname::parse("app.internal").value();
  world.serve("10.0.0.2:80", http1());
  const auto first = world.get();
  world.run(a_while);
  EXPECT_EQ(first->log, "failure:unavailable:never");
  EXPECT_NE(first->failure->sentence.find("app.internal"), std::string::npos);
  world.resolver.set(name, {IpAddress::v4({10, 0, 0, 2})});
  const auto second = world.get();
  world.run(2s);
  EXPECT_EQ(second->log, "failure:unavailable:never");
  const auto third = world.get();
  world.run(a_while);
  EXPECT_EQ(third->log, "connection head:200 body end");
}

TEST(BackAddresses, DestroyedWhileTheNameIsAskedFor) {
  BackWorld world({"app.internal:80"});
  world.resolver.swallow(Hostname::parse("app.internal").value());
  auto gone = world.get();
  const auto stays = world.get();
  gone.reset();
  EXPECT_EQ(world.counters().waiting_now, 1U);
  world.run(11s);
  EXPECT_EQ(stays->log, "failure:unavailable:never");
  EXPECT_EQ(world.counters().waiting_now, 0U);
}

}  // namespace
}  // namespace astray::proxy::test
