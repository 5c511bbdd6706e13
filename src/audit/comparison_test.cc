#include "audit/comparison.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "audit/auditor.h"
#include "audit/page_case_test.h"

namespace astray::test {
namespace {

BuiltCase nginx(std::string_view servers) {
  PageCase made;
  made.fences.push_back({"nginx", "/etc/main.conf",
                         fmt::format("events {{}}\nhttp {{\nssl_certificate /c.crt;\nssl_certificate_key /c.key;\n{}}}\n", servers), 1});
  made.fences.push_back({"certificates", "", "/c.crt: a.test b.test\n/other.crt: other.test\n/ca: CA \"CN=x\"\n", 1});
  auto built = build(made);
  EXPECT_TRUE(built) << built.error().message;
  return built ? std::move(*built) : BuiltCase{};
}

std::string server(std::string_view names, std::string_view more = "") {
  return fmt::format("server {{ listen 443 ssl; server_name {}; {} }}\n", names, more);
}

/// "a.test:443 answer, certificate" by line.
std::string differences(std::string_view a, std::string_view b) {
  const BuiltCase first = nginx(a);
  const BuiltCase second = nginx(b);
  std::string text;
  for (const NameDifference& difference : compare_topologies(*first.topology, {}, *second.topology, {}).differences) {
    text += fmt::format("{}:{}", difference.name, difference.port.number());
    for (const NameDifference::Fact& fact : difference.facts) {
      text += fmt::format("{}{}", text.back() >= '0' && text.back() <= '9' ? " " : ", ", to_string(fact.fact));
      EXPECT_NE(fact.a, fact.b);
    }
    text += '\n';
  }
  return text;
}

TEST(Comparison, EqualSitesAreEqualWhateverTheirOrder) {
  EXPECT_EQ(differences(server("a.test") + server("b.test"), server("a.test") + "\n# moved\n" + server("b.test")), "");
}

TEST(Comparison, NamesWhoseAnswerDiffersAreListedWithWhatDiffers) {
  const std::string before = server("a.test") + server("b.test");
  EXPECT_EQ(differences(before, server("a.test")), "b.test:443 answered by\n");
  EXPECT_EQ(differences(before, server("a.test") + server("b.test", "return 421;")), "b.test:443 answer, without SNI\n");
  EXPECT_EQ(differences(before, server("a.test") + server("b.test", "ssl_certificate /other.crt; ssl_certificate_key /k;")),
            "b.test:443 certificate\n");
  EXPECT_EQ(differences(before, server("a.test") + server("b.test", "ssl_verify_client on; ssl_client_certificate /ca;")),
            "b.test:443 client certificate, without SNI\n");
  EXPECT_EQ(differences(before, "http2 on;\n" + before),
            "a.test:443 protocol\nb.test:443 protocol\n");
}

TEST(Comparison, WhatIsSentToTheBackIsCompared) {
  const auto proxy = [](std::string_view more) {
    return server("a.test", fmt::format("location / {{ proxy_pass https://192.0.2.1; {} }}", more));
  };
  EXPECT_EQ(differences(proxy("proxy_set_header Host $host;"),
                        proxy("proxy_set_header Host $host; proxy_ssl_server_name on; proxy_ssl_name $host;")),
            "a.test:443 toward the back\n");
}

TEST(Comparison, APortThatOneSideLacksIsToldOnce) {
  const BuiltCase a = nginx(server("a.test b.test"));
  const BuiltCase b = nginx(server("a.test b.test") + "server { listen 8443 ssl; server_name a.test b.test; }\n");
  const TopologyComparison comparison = compare_topologies(*a.topology, {}, *b.topology, {});
  ASSERT_EQ(comparison.lone_ports.size(), 1u);
  EXPECT_EQ(comparison.lone_ports[0].port.number(), 8443);
  EXPECT_FALSE(comparison.lone_ports[0].in_a);
  EXPECT_EQ(comparison.lone_ports[0].names, 2u);
  EXPECT_TRUE(comparison.differences.empty());
}

TEST(Comparison, FindingsOfOneSideAloneAreToldWithoutTheWaivedOnes) {
  const BuiltCase site = nginx(server("a.test"));
  Finding shared;
  shared.rule_id = "AST001";
  shared.from_name = "a.test";
  shared.to_name = "b.test";
  Finding moved = shared;
  moved.place = {"/elsewhere", 9, 1, ""};
  Finding fresh = shared;
  fresh.to_name = "c.test";
  Finding waived = shared;
  waived.to_name = "d.test";
  waived.waived = true;
  const TopologyComparison comparison =
      compare_topologies(*site.topology, {shared}, *site.topology, {moved, fresh, waived});
  EXPECT_TRUE(comparison.only_in_a.empty());
  ASSERT_EQ(comparison.only_in_b.size(), 1u);
  EXPECT_EQ(comparison.only_in_b[0].to_name, "c.test");
}

}  // namespace
}  // namespace astray::test
