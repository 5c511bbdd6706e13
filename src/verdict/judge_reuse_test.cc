#include "verdict/judge_reuse.h"

#include "verdict/reuse_world.h"

namespace astray::judge_reuse_test {
namespace {

using test::ReuseWorld;
using enum ReuseAnswer;

class NeverCoalescing : public testing::TestWithParam<std::string> {};

// clients.md §1.6 and §1.8: each keys its pool by the origin, the route and its TLS settings.
TEST_P(NeverCoalescing, KeepsAConnectionForItsOrigin) {
  const ClientProfile* profile = find_client_profile(GetParam());
  ASSERT_NE(profile, nullptr);
  EXPECT_EQ(profile->coalescing, Coalescing::never);
  ReuseWorld world;
  EXPECT_EQ(judge_reuse(*profile, world.connection, world.request).reason, Reason::never_coalesces);
  world.request.origin = test::origin("https://a.example:8443");
  EXPECT_EQ(judge_reuse(*profile, world.connection, world.request).reason, Reason::never_coalesces);
  world.request.origin = world.connection.origin;
  world.request.dns.reset();
  EXPECT_EQ(judge_reuse(*profile, world.connection, world.request).reason, Reason::same_origin);
  world.request.partition = Partition::other;
  EXPECT_EQ(judge_reuse(*profile, world.connection, world.request).reason, Reason::partition_differs);
  world.request.partition = Partition::same;
  world.over(Protocol::h1);
  world.connection.streams_left = 0;
  EXPECT_EQ(judge_reuse(*profile, world.connection, world.request).reason, Reason::not_accepting);
}

INSTANTIATE_TEST_SUITE_P(All, NeverCoalescing,
                         testing::Values("curl", "go", "java", "apache-httpclient", "jetty", "reactor-netty",
                                         "undici", "node-http2", "httpx", "urllib3", "hyper", "dotnet"));

TEST(JudgeReuse, SaysWhenItAssumedAddresses) {
  ReuseWorld world;
  world.request.dns.reset();
  const ClientProfile& firefox = *find_client_profile("firefox-h2");
  ReuseVerdict verdict =
      judge_reuse(firefox, world.connection, world.request, UnknownAddresses::assume_same_address);
  EXPECT_EQ(verdict.answer, reuse);
  EXPECT_EQ(verdict.reason, Reason::coalesced);
  EXPECT_EQ(verdict.basis, AddressBasis::assumed);
  EXPECT_EQ(
      describe(verdict, firefox, world.connection, world.request),
      "a request for https://b.example: Firefox over HTTP/2 sends it on the connection to https://a.example "
      "(coalesced: the authority is not the connection's SNI, but its certificate covers it and nothing sets "
      "the two apart; both names are assumed to share their addresses)");
  world.certify({"a.example"});
  verdict = judge_reuse(firefox, world.connection, world.request, UnknownAddresses::assume_same_address);
  EXPECT_EQ(verdict.answer, open_new);
  EXPECT_EQ(verdict.basis, AddressBasis::known);  // a gap needs no addresses
}

}  // namespace
}  // namespace astray::judge_reuse_test
