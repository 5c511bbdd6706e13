// Which requests share a connection, and what a 421 does to it.
#include <gtest/gtest.h>

#include "simulation/fetch_world.h"

namespace astray::simulation {
namespace {

using client::CoalescePolicy;
using client::PoolEventKind;

/// Two names of one certificate at one address.
OriginOptions two_names() {
  const std::vector<std::string> names{"a.example", "b.example"};
  return {.sites = {{.name = "a.example", .body = "this is a", .certificate_names = names},
                    {.name = "b.example", .body = "this is b", .certificate_names = names}}};
}

/// Answers 421 where the name is not the one of the handshake.
std::optional<Answered> refuse_strangers(const Asked& asked) {
  if (asked.host == asked.sni) return std::nullopt;
  return Answered{421, "misdirected"};
}

class CoalescingTest : public ::testing::Test {
 protected:
  FetchWorld world;
  Origin& start(OriginOptions options) {
    world.name("a.example", {"192.0.2.1"});
    world.name("b.example", {"192.0.2.1"});
    return world.add_origin("192.0.2.1:443", std::move(options));
  }
};

TEST_F(CoalescingTest, OneNameOneConnection) {
  Origin& origin = start(two_names());
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 1 opened: this is a");
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 1 reused: this is a");
  EXPECT_EQ(origin.traffic().connections, 1u);
}

TEST_F(CoalescingTest, TwoNamesOfOneCertificateShareAConnection) {
  Origin& origin = start(two_names());
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 1 opened: this is a");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 1 coalesced: this is b");
  EXPECT_EQ(origin.traffic().connections, 1u);
  EXPECT_EQ(world.story().with(" coalesced "),
            "#2 coalesced https://b.example on connection 1 (SNI a.example, 192.0.2.1:443, h2): coalesced");
}

TEST_F(CoalescingTest, EvenWhenAskedForAtOnce) {
  Origin& origin = start(two_names());
  const std::vector<Fetched> fetched =
      world.fetch_all({"https://a.example/", "https://b.example/", "https://a.example/2"});
  EXPECT_EQ(fetched[0].text(), "200 on 1 opened: this is a");
  EXPECT_EQ(fetched[1].text(), "200 on 1 coalesced: this is b");
  EXPECT_EQ(fetched[2].text(), "200 on 1 reused: this is a");
  EXPECT_EQ(origin.traffic().connections, 1u);
}

TEST_F(CoalescingTest, NotWhereThePolicyIsOff) {
  world.settings().coalescing = CoalescePolicy::off;
  Origin& origin = start(two_names());
  world.fetch("https://a.example/");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 2 opened: this is b");
  EXPECT_EQ(origin.traffic().connections, 2u);
}

TEST_F(CoalescingTest, NotWhereTheCertificateDoesNotCoverTheName) {
  Origin& origin = start(
      {.sites = {{.name = "a.example", .body = "this is a"}, {.name = "b.example", .body = "this is b"}}});
  world.fetch("https://a.example/");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 2 opened: this is b");
  EXPECT_EQ(origin.traffic().connections, 2u);
  EXPECT_EQ(world.story().with("not-coalesced"),
            "#2 not-coalesced https://b.example on connection 1 (SNI a.example, 192.0.2.1:443, h2): "
            "certificate-gap (rung "
            "certificate-covers)");
}

TEST_F(CoalescingTest, NotWhereDnsLeadsElsewhere) {
  start(two_names());
  world.name("b.example", {"192.0.2.2"});
  world.add_origin("192.0.2.2:443", two_names());
  world.fetch("https://a.example/");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 2 opened: this is b");
}

TEST_F(CoalescingTest, AMisdirectedRequestIsRetriedOnAFreshConnection) {
  OriginOptions options = two_names();
  options.answer = refuse_strangers;
  Origin& origin = start(options);
  world.fetch("https://a.example/");
  const Fetched b = world.fetch("https://b.example/");
  EXPECT_EQ(b.text(), "200 on 2 opened: this is b");
  EXPECT_EQ(b.kept->passed_over, std::vector{421});
  EXPECT_EQ(b.kept->heads, 1);
  ASSERT_TRUE(b.report.misdirected);
  EXPECT_EQ(b.report.misdirected->answers, 1u);
  EXPECT_EQ(b.report.misdirected->first_connection, 1u);
  EXPECT_EQ(b.report.misdirected->carried_by, CarriedBy::coalesced_connection);
  EXPECT_EQ(b.report.retries, 1u);
  // Both live on, each for its own name.
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 1 reused: this is a");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 2 reused: this is b");
  EXPECT_EQ(origin.traffic().connections, 2u);
  EXPECT_EQ(origin.traffic().requests, 5u);
}

TEST_F(CoalescingTest, A421ForEverIsGivenToTheCaller) {
  OriginOptions options = two_names();
  options.answer = [](const Asked&) { return std::optional(Answered{421, "never"}); };
  Origin& origin = start(options);
  const Fetched fetched = world.fetch("https://a.example/");
  EXPECT_EQ(fetched.text(), "421 on 2 opened: never");
  ASSERT_TRUE(fetched.report.misdirected);
  EXPECT_EQ(fetched.report.misdirected->answers, 2u);
  EXPECT_EQ(fetched.report.misdirected->verdict.reason, Reason::already_retried);
  EXPECT_EQ(origin.traffic().requests, 2u);
  EXPECT_EQ(origin.traffic().connections, 2u);
}

TEST_F(CoalescingTest, OtherStreamsOfTheConnectionLiveOn) {
  OriginOptions options = two_names();
  options.answer = refuse_strangers;
  start(options);
  world.fetch("https://a.example/");
  const std::vector<Fetched> fetched = world.fetch_all(
      {"https://a.example/1", "https://b.example/", "https://a.example/2", "https://a.example/3"});
  EXPECT_EQ(fetched[0].text(), "200 on 1 reused: this is a");
  EXPECT_EQ(fetched[1].text(), "200 on 2 opened: this is b");
  EXPECT_EQ(fetched[2].text(), "200 on 1 reused: this is a");
  EXPECT_EQ(fetched[3].text(), "200 on 1 reused: this is a");
}

TEST_F(CoalescingTest, AnOriginFrameRestricts) {
  OriginOptions options = two_names();
  options.origin_frame = {"https://c.example"};
  start(options);
  world.fetch("https://a.example/");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 2 opened: this is b");
  EXPECT_EQ(world.story().with("not-coalesced"),
            "#2 not-coalesced https://b.example on connection 1 (SNI a.example, 192.0.2.1:443, h2): "
            "origin-set-excludes (rung "
            "origin-set)");
}

TEST_F(CoalescingTest, AnOriginFrameExtendsWhereThePolicySaysSo) {
  world.settings().coalescing = CoalescePolicy::origin_frame;
  OriginOptions options = two_names();
  options.origin_frame = {"https://b.example"};
  start(options);
  world.resolver().swallow(Hostname::parse("b.example").value());  // nobody asks
  world.fetch("https://a.example/");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 1 coalesced: this is b");
}

TEST_F(CoalescingTest, A421RemovesTheOriginFromTheSet) {
  world.settings().coalescing = CoalescePolicy::origin_frame;
  OriginOptions options = two_names();
  options.origin_frame = {"https://b.example"};
  options.answer = refuse_strangers;
  start(options);
  world.fetch("https://a.example/");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 2 opened: this is b");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 2 reused: this is b");
  EXPECT_EQ(world.client().counters().misdirected, 1u);
}

}  // namespace
}  // namespace astray::simulation
