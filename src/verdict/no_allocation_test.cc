// The decisions run on a gateway's hot path: no memory may be taken there. Sanitizers have an allocator of
// their own, so this counts in the plain build alone.
#include <gtest/gtest.h>

#include "support/allocations.h"
#include "verdict/judge_request.h"
#include "verdict/judge_retry.h"
#include "verdict/reuse_world.h"

#if ASTRAY_COUNTS_ALLOCATIONS

namespace astray::no_allocation_test {
namespace {

constexpr std::string_view long_name = "a-name-that-no-small-string-holds.of-several-labels.example";

struct Served {
  std::vector<CertificateName> certificate{CertificateName::parse_dns(long_name).value(),
                                           CertificateName::parse_dns("*.wildcard.example").value()};
  ConnectionFacts connection;
  Ownership owner{.claim = Claim::by_name};
  RequestNames request;

  Served() {
    connection.protocol = Protocol::h2;
    connection.local_port = Port(443);
    connection.sni = RawHost(std::string(long_name));
    connection.certificate_names = certificate;
    request.scheme = Scheme::https;
    request.pseudo_authority = long_name;
  }
};

TEST(NoAllocation, TheCounterCounts) {
  EXPECT_EQ(test::allocations_of([] { delete new int(1); }), 1u);
}

TEST(NoAllocation, JudgeRequest) {
  Served served;
  for (std::string_view asked : {long_name, std::string_view("another-name-of-this-server.wildcard.example"),
                                 std::string_view("not-covered-by-the-certificate.of-this-server.example")}) {
    served.request.pseudo_authority = asked;
    auto read = read_asked(served.connection, served.request);
    ASSERT_TRUE(read);
    Verdict verdict;
    EXPECT_EQ(test::allocations_of([&] { verdict = judge_request(served.connection, *read, served.owner); }),
              0u);
    EXPECT_NE(verdict.reason, Reason::facts_missing);
  }
}

TEST(NoAllocation, ARepeatedAuthorityIsReadForFree) {
  Served served;
  AskedReader reader;
  ASSERT_TRUE(reader.read(served.connection, served.request));
  EXPECT_EQ(test::allocations_of([&] { reader.read(served.connection, served.request); }), 0u);
  EXPECT_EQ(reader.read(served.connection, served.request)->origin.host.text(), long_name);
}

TEST(NoAllocation, JudgeReuseAndJudgeRetry) {
  test::ReuseWorld world;
  world.list_origins({"https://b.example"});
  for (const ClientProfile* profile : all_client_profiles()) {
    EXPECT_EQ(test::allocations_of([&] {
                judge_reuse(*profile, world.connection, world.request);
                judge_retry(*profile, {});
              }),
              0u)
        << profile->id;
  }
}

}  // namespace
}  // namespace astray::no_allocation_test

#endif
