// Pools: who waits, who is refused, where a request goes when an address fails.
#include "proxy/back/back_world_test.h"

namespace astray::proxy::test {
namespace {

constexpr Duration shortly = 50ms;

/// Answers nobody.
const std::vector<Step> silent_steps = {{.send = ""}};

BackWish own_connection() {
  return {.back = BackIndex{0}, .scope = Scope::authority};
}

TEST(BackPools, OneConnectionForEachRequestUnderWay) {
  BackWorld world;
  TestServer& server = world.serve("10.0.0.1:80", http1(silent_steps));
  std::vector<std::unique_ptr<Recorder>> requests;
  for (int i = 0; i < 5; ++i) requests.push_back(world.get());
  world.run(shortly);
  EXPECT_EQ(server.connections.size(), 5U);
  EXPECT_EQ(world.counters().active_now, 5U);
  EXPECT_EQ(world.counters().waiting_now, 0U);
}

TEST(BackPools, WhoComesFirstIsServedFirst) {
  BackWorld world;
  world.settings().limits.connections = 2;
  TestServer& server = world.serve("10.0.0.1:80", http1());
  std::vector<std::unique_ptr<Recorder>> requests;
  std::string order;
  for (char name = 'a'; name < 'j'; ++name) {
    requests.push_back(world.get());
    requests.back()->when_ended = [&order, name] { order += name; };
  }
  world.run(shortly);
  EXPECT_EQ(order, "abcdefghi");
  EXPECT_EQ(server.connections.size(), 2U);
  EXPECT_EQ(world.counters().idle_now, 2U);
}

TEST(BackPools, RefusesWhatIsMoreThanMayWait) {
  BackWorld world;
  world.settings().limits.connections = 1;
  world.settings().limits.waiting = 2;
  world.serve("10.0.0.1:80", http1(silent_steps));
  std::vector<std::unique_ptr<Recorder>> requests;
  for (int i = 0; i < 5; ++i) requests.push_back(world.get());
  EXPECT_EQ(requests.back()->log, "");
  world.run(shortly);
  EXPECT_EQ(requests[0]->log, "connection");
  EXPECT_EQ(requests[1]->log + requests[2]->log, "");
  EXPECT_EQ(requests[3]->log, "failure:overloaded:never");
  EXPECT_EQ(requests[4]->log, "failure:overloaded:never");
  EXPECT_EQ(world.counters().waiting_now, 2U);
  EXPECT_EQ(world.counters().overloaded, 2U);
  // One of those that wait leaves, and there is room for another.
  requests[1].reset();
  const auto another = world.get();
  world.run(shortly);
  EXPECT_EQ(another->log, "");
  EXPECT_EQ(world.counters().waiting_now, 2U);
}

TEST(BackPools, NoWaitingAtAllStillOpensConnections) {
  BackWorld world;
  world.settings().limits.connections = 2;
  world.settings().limits.waiting = 0;
  world.serve("10.0.0.1:80", http1(silent_steps));
  const auto one = world.get();
  const auto two = world.get();
  const auto three = world.get();
  world.run(shortly);
  EXPECT_EQ(one->log + two->log, "connectionconnection");
  EXPECT_EQ(three->log, "failure:overloaded:never");
}

TEST(BackPools, NobodyWaitsForEver) {
  BackWorld world;
  world.settings().limits.connections = 1;
  world.settings().timeouts.response = 10s;
  world.serve("10.0.0.1:80", http1(silent_steps));
  const auto one = world.get();
  world.run(1s);
  const auto two = world.get();
  two->request->send_body("");
  world.run(30s);
  EXPECT_EQ(one->log, "connection failure:timed-out:possible");
  // The place of the first one became free a second before.
  EXPECT_EQ(two->log, "connection failure:timed-out:possible");
  const auto three = world.get();
  const auto four = world.get();
  const auto five = world.get();
  world.run(10500ms);
  EXPECT_EQ(four->log, "failure:timed-out:never");
  EXPECT_EQ(world.counters().waiting_now, 0U);
}

TEST(BackPools, TriesAnotherAddressWhenNothingWasSent) {
  struct Case {
    const char* what;
    uint32_t retries;
    const char* log;
  };
  for (const Case& c :
       {Case{"no retry", 0, "failure:unreachable:never"}, Case{"one", 1, "failure:unreachable:never"},
        Case{"two", 2, "connection head:200 body end"}}) {
    SCOPED_TRACE(c.what);
    BackWorld world({"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"});
    world.settings().connect_retries = c.retries;
    world.settings().balancing.method = gateway::BalancingMethod::consistent_hash;
    std::vector<std::string> order;
    // The one that this hash prefers last is the only one that listens.
    world.serve("10.0.0.1:80", http1());
    for (uint64_t hash = 0;; ++hash) {
      ASSERT_LT(hash, 1000U);
      BackWorld probe({"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"});
      probe.settings().connect_retries = 1;
      probe.settings().balancing.method = gateway::BalancingMethod::consistent_hash;
      probe.serve("10.0.0.1:80", http1());
      const BackWish wish{.back = BackIndex{0}, .hash = hash};
      const auto tried = probe.get("www.example.com", wish);
      probe.run(shortly);
      if (tried->log != "failure:unreachable:never") continue;
      const auto request = world.get("www.example.com", wish);
      world.run(shortly);
      EXPECT_EQ(request->log, c.log);
      break;
    }
  }
}

TEST(BackPools, ABodyThatWaitedGoesToTheOtherAddress) {
  BackWorld world({"10.0.0.1:80", "10.0.0.2:80"});
  TestServer& server = world.serve("10.0.0.2:80", http1({{.await = "hello"}}));
  for (int i = 0; i < 2; ++i) {
    const auto request = world.send(post_head(5));
    request->request->send_body("hel");
    request->request->send_body("lo");
    EXPECT_EQ(request->request->unsent(), i == 0 ? 5U : request->request->unsent());
    request->request->end_body({});
    world.run(shortly);
    EXPECT_TRUE(request->head) << request->log;
  }
  EXPECT_EQ(requests_to(server), 2U);
  EXPECT_GE(world.counters().connect_failures, 1U);
}

TEST(BackPools, EachStageOfAConnectThatFails) {
  BackWorld world;
  world.settings().timeouts.connect = 3s;
  const auto refused = world.get();
  world.run(shortly);
  EXPECT_EQ(refused->log, "failure:unreachable:never");
  EXPECT_NE(refused->failure->sentence.find("10.0.0.1:80"), std::string::npos);
  world.network.swallow_connects(at("10.0.0.1:80"));
  const auto swallowed = world.get();
  world.run(2s);
  EXPECT_EQ(swallowed->log, "");
  world.run(2s);
  EXPECT_EQ(swallowed->log, "failure:unreachable:never");
  EXPECT_EQ(world.counters().connect_failures, 2U);
  EXPECT_EQ(world.counters().open_now, 0U);
}

TEST(BackPools, ManyThatWaitForADeadAddressDoNotWaitForEachOther) {
  BackWorld world;
  world.settings().limits.connections = 1;
  world.settings().timeouts.connect = 3s;
  world.network.swallow_connects(at("10.0.0.1:80"));
  std::vector<std::unique_ptr<Recorder>> requests;
  for (int i = 0; i < 10; ++i) requests.push_back(world.get());
  world.run(3500ms);
  for (const auto& request : requests) EXPECT_EQ(request->log, "failure:unreachable:never");
}

TEST(BackPools, AnAuthorityOfItsOwnTakesANewConnectionAndIsRemembered) {
  BackWorld world;
  TestServer& server = world.serve("10.0.0.1:80", http1());
  const auto shared = world.get("a.example");
  world.run(shortly);
  const auto own = world.get("a.example", own_connection());
  world.run(shortly);
  EXPECT_EQ(own->log, "connection head:200 body end");
  EXPECT_NE(own->connection->id, shared->connection->id);
  const auto again = world.get("a.example");
  world.run(shortly);
  EXPECT_EQ(again->connection->id, own->connection->id);
  const auto other = world.get("b.example");
  world.run(shortly);
  EXPECT_EQ(other->connection->id, shared->connection->id);
  const auto other_own = world.get("b.example", own_connection());
  world.run(shortly);
  EXPECT_EQ(server.connections.size(), 3U);
  EXPECT_EQ(other_own->log, "connection head:200 body end");
  // After ten minutes it is asked on the shared ones again.
  world.run(11min);
  const auto later = world.get("a.example");
  const auto later_other = world.get("c.example");
  world.run(shortly);
  const auto last = world.get("a.example");
  world.run(shortly);
  EXPECT_EQ(last->log, "connection:reused head:200 body end");
}

TEST(BackPools, AnIdleConnectionOfAnotherKeyMakesRoom) {
  BackWorld world;
  world.settings().limits.connections = 2;
  TestServer& server = world.serve("10.0.0.1:80", http1());
  for (const char* name : {"a.example", "b.example", "c.example", "d.example"}) {
    const auto request = world.get(name, own_connection());
    world.run(shortly);
    EXPECT_EQ(request->log, "connection head:200 body end") << name;
    EXPECT_LE(world.counters().open_now, 2U);
  }
  EXPECT_TRUE(server.connections[0].client_closed);
  EXPECT_TRUE(server.connections[1].client_closed);
  EXPECT_FALSE(server.connections[2].client_closed);
}

TEST(BackPools, WhoWaitsForAPlaceGetsTheOneThatAnotherKeyLeaves) {
  BackWorld world;
  world.settings().limits.connections = 1;
  TestServer& server = world.serve("10.0.0.1:80", http1());
  std::vector<std::unique_ptr<Recorder>> requests;
  for (const char* name : {"a.example", "b.example", "c.example", "a.example", "b.example"})
    requests.push_back(world.get(name, own_connection()));
  world.run(1s);
  for (const auto& request : requests) EXPECT_TRUE(request->head) << request->log;
  EXPECT_GE(server.connections.size(), 3U);
  EXPECT_EQ(world.counters().open_now, 1U);
  EXPECT_EQ(world.counters().waiting_now, 0U);
}

TEST(BackPools, DrainsWithoutDisturbingWhatIsUnderWay) {
  BackWorld world;
  world.serve("10.0.0.1:80", [](size_t connection) {
    return http1_peer(
        {{.send = connection == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe" : Step{}.send},
         {.await = "", .send = ""}});
  });
  const auto busy = world.get();
  world.run(shortly);
  const auto idle = world.get();
  world.run(shortly);
  EXPECT_EQ(world.counters().open_now, 2U);
  world.backs().drain();
  world.run(shortly);
  EXPECT_EQ(world.counters().open_now, 1U);
  EXPECT_EQ(world.backs().drained(), Backs::Drained::no);
  EXPECT_EQ(busy->log, "connection head:200 body");
  // Still carried, and not kept.
  const auto late = world.get();
  world.run(shortly);
  EXPECT_TRUE(late->head);
  EXPECT_EQ(world.counters().open_now, 1U);
  busy->request.reset();
  world.run(shortly);
  EXPECT_EQ(world.backs().drained(), Backs::Drained::yes);
}

TEST(BackPools, ConnectIsNotPassedOn) {
  BackWorld world;
  RequestHead head = get_head();
  head.method = "CONNECT";
  head.target = "";
  const auto request = world.send(head);
  world.run(shortly);
  EXPECT_EQ(request->log, "failure:unavailable:never");
}

TEST(BackPools, DestroyedAtAnyMoment) {
  for (int micros = 0; micros < 1500; micros += 7) {
    BackWorld world;
    world.settings().limits.connections = 2;
    world.serve("10.0.0.1:80", http1());
    std::vector<std::unique_ptr<Recorder>> requests;
    for (int i = 0; i < 4; ++i) requests.push_back(world.get());
    world.run(std::chrono::microseconds(micros));
    requests[0].reset();
    requests[2].reset();
    world.run(shortly);
    EXPECT_TRUE(requests[1]->head) << micros;
    EXPECT_TRUE(requests[3]->head) << micros;
    EXPECT_EQ(world.counters().active_now, 0U);
    EXPECT_EQ(world.counters().waiting_now, 0U);
  }
}

}  // namespace
}  // namespace astray::proxy::test
