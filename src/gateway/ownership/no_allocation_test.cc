// The table is asked for each request: no memory may be taken there. Sanitizers have an allocator of their
// own, so this counts in the plain build alone.
#include <gtest/gtest.h>

#include "gateway/ownership/authority_table_builder.h"
#include "support/allocations.h"
#include "verdict/judge_request.h"

#if ASTRAY_COUNTS_ALLOCATIONS

namespace astray::gateway {
namespace {

TEST(NoAllocation, TheCounterCounts) {
  EXPECT_EQ(test::allocations_of([] { delete new int(1); }), 1u);
}

TEST(NoAllocation, FindOwnerOfAndJudge) {
  const SchemePort at{Scheme::https, Port(443)};
  const std::vector<CertificateName> certificate{
      CertificateName::parse_dns("a-name-that-no-small-string-holds.of-several-labels.example").value(),
      CertificateName::parse_dns("*.wildcard.example").value()};
  AuthorityTableBuilder builder(UnownedAnswer::misdirected);
  Ownership facts{.claim = Claim::by_name};
  facts.certificate_names = certificate;
  VirtualHostIndex owner = builder.add_virtual_host("one", facts);
  builder.own(owner, at, certificate[0].host());
  builder.own(owner, at, OwnedName::parse("*.wildcard.example", WildcardReach::any_depth).value());
  builder.own_by_default(owner, {Scheme::https, Port(8443)});
  auto table = std::move(builder).build();
  ASSERT_TRUE(table);

  ConnectionFacts connection;
  connection.certificate_names = certificate;
  for (std::string_view text :
       {"https://a-name-that-no-small-string-holds.of-several-labels.example",
        "https://a-child.of.wildcard.example", "https://one-child-of-the.wildcard.example",
        "https://far.below.the.same.wildcard.example", "https://nobody-has-a-name-like-this-one.example",
        "https://192.0.2.1", "https://[2001:db8::1]", "https://the-default-has-this-name.example:8443",
        "http://one-child-of-the.wildcard.example"}) {
    Asked asked{Origin::parse(text).value(), AuthorityField::host, {}};
    Verdict verdict;
    EXPECT_EQ(test::allocations_of([&] {
                (void)table->find({asked.origin.scheme, asked.origin.port}, asked.origin.host);
                verdict =
                    judge_request(connection, asked, table->owner_of(asked.origin, connection.listener));
              }),
              0u)
        << text;
    EXPECT_NE(verdict.reason, Reason::facts_missing);
  }
}

}  // namespace
}  // namespace astray::gateway

#endif
