#include "audit/coalescing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "audit/misdirection.h"
#include "audit/page_case_test.h"
#include "servers/model/server.h"

namespace astray::test {
namespace {

/// Counts the questions that a server is asked.
class CountingBehaviour : public Behaviour {
 public:
  struct Counts {
    size_t handshakes = 0, answers = 0, lookups = 0;
  };
  CountingBehaviour(std::unique_ptr<const Behaviour> asked, Counts& counts)
      : asked_(std::move(asked)), counts_(counts) {}
  ExpectedHandshake handshake(ListenerId listener, const ConnectionFacts& connection) const override {
    ++counts_.handshakes;
    return asked_->handshake(listener, connection);
  }
  ExpectedAnswer answer(ListenerId listener, const ConnectionFacts& connection,
                        const ExpectedHandshake& handshake, const RequestFacts& request) const override {
    ++counts_.answers;
    return asked_->answer(listener, connection, handshake, request);
  }
  Lookup find_virtual_host(ListenerId listener, std::string_view name) const override {
    ++counts_.lookups;
    return asked_->find_virtual_host(listener, name);
  }

 private:
  std::unique_ptr<const Behaviour> asked_;
  Counts& counts_;
};

PageCase page_case(std::string kind, std::string configuration, std::string certificates,
                   std::string dns = "") {
  PageCase made;
  made.fences.push_back({std::move(kind), "/etc/main.conf", std::move(configuration), 1});
  made.fences.push_back({"certificates", "", std::move(certificates), 1});
  if (!dns.empty()) made.fences.push_back({"dns", "", std::move(dns), 1});
  return made;
}

BuiltCase built(const PageCase& described) {
  auto made = build(described);
  EXPECT_TRUE(made) << made.error().message;
  return made ? std::move(*made) : BuiltCase{};
}

std::string nginx_http(std::string_view servers) {
  return fmt::format(
      "events {{}}\nhttp {{\nhttp2 on;\nssl_certificate /c.crt;\nssl_certificate_key /c.key;\n{}}}\n",
      servers);
}

std::string nginx_server(std::string_view names, std::string_view more = "") {
  return fmt::format("server {{ listen 443 ssl; server_name {}; {} }}\n", names, more);
}

TEST(CoalescingGroups, FoldVirtualHostsThatTheServerTreatsAlike) {
  auto made = built(
      page_case("nginx",
                nginx_http(nginx_server("a.t.test b.t.test") + nginx_server("c.t.test") +
                           nginx_server("d.t.test", "ssl_verify_client on; ssl_client_certificate /ca;")),
                "/c.crt: *.t.test\n/ca: CA \"CN=x\"\n"));
  auto groups = coalescing_groups(*made.topology);
  ASSERT_EQ(groups.size(), 1u);
  ASSERT_EQ(groups[0].classes.size(), 2u);
  const NameClass& open = groups[0].classes[0];
  EXPECT_EQ(open.example.name, "a.t.test");
  EXPECT_EQ(open.alias->name, "b.t.test");
  EXPECT_EQ(open.peer->name, "c.t.test");
  EXPECT_EQ(open.names, 3u);
  EXPECT_EQ(open.virtual_hosts, 2u);
  EXPECT_TRUE(open.may_carry);
  const NameClass& closed = groups[0].classes[1];
  EXPECT_EQ(closed.example.name, "d.t.test");
  EXPECT_NE(closed.policy, open.policy);
  EXPECT_FALSE(closed.alias);
  ASSERT_EQ(groups[0].unclaimed.size(), 1u);
  EXPECT_EQ(groups[0].unclaimed[0].covered_by, "*.t.test");
}

TEST(CoalescingGroups, ListenersThatRepeatEachOtherAreLookedAtOnce) {
  std::string two = "server { listen 443 ssl; listen [::]:443 ssl; server_name a.test; }\n";
  auto made = built(page_case("nginx", nginx_http(two), "/c.crt: a.test\n"));
  auto groups = coalescing_groups(*made.topology);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].twins.size(), 1u);
}

TEST(CoalescingGroups, NamesOfOtherCertificatesRideWhereAWildcardCoversThem) {
  auto made = built(
      page_case("nginx",
                nginx_http(nginx_server("a.t.test") +
                           nginx_server("b.t.test", "ssl_certificate /b.crt; ssl_certificate_key /b.key;")),
                "/c.crt: *.t.test\n/b.crt: b.t.test\n"));
  auto groups = coalescing_groups(*made.topology);
  ASSERT_EQ(groups.size(), 2u);
  ASSERT_EQ(groups[0].classes.size(), 2u);
  EXPECT_TRUE(groups[0].classes[0].may_carry);
  EXPECT_EQ(groups[0].classes[1].example.name, "b.t.test");
  EXPECT_FALSE(groups[0].classes[1].may_carry);  // its own connection presents another certificate
  EXPECT_EQ(groups[1].classes.size(), 1u);
}

TEST(CoalescingGroups, KeepNamesApartThatDnsKeepsApart) {
  auto made =
      built(page_case("nginx", nginx_http(nginx_server("a.t.test") + nginx_server("b.t.test c.t.test")),
                      "/c.crt: *.t.test\n", "192.0.2.1 a.t.test b.t.test\n192.0.2.2 c.t.test\n"));
  std::vector<std::string> seen;
  for (const CoalescingGroup& group : coalescing_groups(*made.topology))
    for (const NameClass& each : group.classes)
      seen.push_back(fmt::format("{} {} x{}", group.address->text(), each.example.name, each.names));
  EXPECT_EQ(seen, (std::vector<std::string>{"192.0.2.1 a.t.test x2", "192.0.2.2 c.t.test x1"}));
}

TEST(CoalescingGroups, CountNamesThatTheirCertificateDoesNotCover) {
  auto made =
      built(page_case("nginx", nginx_http(nginx_server("a.t.test t.test x.y.t.test localhost *.u.test")),
                      "/c.crt: *.t.test\n"));
  auto groups = coalescing_groups(*made.topology);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].uncovered_names, 2u);
  ASSERT_EQ(groups[0].uncovered.size(), 2u);
  EXPECT_EQ(groups[0].uncovered[0].name, "t.test");
  EXPECT_EQ(groups[0].uncovered[1].name, "x.y.t.test");
}

/// Many certificates for one and the same wildcard do not list each other, and the odd one out is not lost
/// among them.
TEST(CoalescingGroups, ListFewForeignClassesButEveryPolicy) {
  std::string servers, certificates = "/ca: CA \"CN=x\"\n";
  constexpr size_t count = 200;
  for (size_t i = 0; i < count; ++i) {
    servers +=
        nginx_server(fmt::format("n{}.t.test", i),
                     fmt::format("ssl_certificate /{0}.crt; ssl_certificate_key /{0}.key; {1}", i,
                                 i + 1 == count ? "ssl_verify_client on; ssl_client_certificate /ca;" : ""));
    certificates += fmt::format("/{0}.crt: *.t.test [serial {0}]\n", i);
  }
  auto made = built(page_case("nginx", "events {}\nhttp {\nhttp2 on;\n" + servers + "}\n", certificates));
  auto groups = coalescing_groups(*made.topology);
  ASSERT_EQ(groups.size(), count);
  EXPECT_LE(groups[0].classes.size(), 65u);
  EXPECT_FALSE(groups[0].complete);
  auto found = misdirections(*made.topology, groups);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].carrier.name, "n0.t.test");
  EXPECT_EQ(found[0].rider.name, fmt::format("n{}.t.test", count - 1));
}

CountingBehaviour::Counts questions(const std::string& kind, const PageCase& described) {
  auto made = built(described);
  // The same files once more, with the counter in between.
  CountingBehaviour::Counts counts;
  const Deployment& read = made.topology->deployment(SiteId{0});
  Site site;
  site.deployment = std::make_unique<const Deployment>(read);
  site.behaviour =
      std::make_unique<CountingBehaviour>(find_server(kind)->behaviour(*site.deployment), counts);
  std::vector<Site> sites;
  sites.push_back(std::move(site));
  Topology counted(std::move(sites), {}, {}, Instant{0});
  auto groups = coalescing_groups(counted);
  misdirections(counted, groups);
  return counts;
}

TEST(CoalescingGroups, AskNoMoreThanAFewQuestionsForEachName) {
  std::string servers;
  constexpr size_t count = 5000;
  for (size_t i = 0; i < count; ++i) servers += nginx_server(fmt::format("n{}.t.test", i));
  auto counts = questions("nginx", page_case("nginx", nginx_http(servers), "/c.crt: *.t.test\n"));
  EXPECT_LE(counts.handshakes, count + 10);
  EXPECT_LE(counts.lookups, 2 * count);
  EXPECT_LE(counts.answers, 10u);
}

/// httpd compares paths, so that each of these is a class of its own: 1,000,000 pairs.
TEST(Misdirections, AreAskedForInProportionToTheClasses) {
  std::string configuration = "ServerRoot /etc\nListen 443\nProtocols h2 http/1.1\n", certificates, names;
  constexpr size_t count = 1000;
  for (size_t i = 0; i < count; ++i) {
    configuration += fmt::format(
        "<VirtualHost *:443>\nServerName n{0}.t.test\nSSLEngine on\n"
        "SSLCertificateFile /{0}.crt\nSSLCertificateKeyFile /{0}.key\n</VirtualHost>\n",
        i);
    certificates += fmt::format("/{}.crt: *.t.test\n", i);
  }
  auto counts = questions("httpd", page_case("httpd", configuration, certificates));
  EXPECT_GT(counts.answers, count);
  EXPECT_LE(counts.answers, 20 * count);
}

TEST(Misdirections, TellEachPolicyOfARiderOnceAndCountTheRest) {
  std::string closed = "ssl_verify_client on; ssl_client_certificate ";
  auto made = built(
      page_case("nginx",
                nginx_http(nginx_server("a.t.test b.t.test") + nginx_server("c.t.test", closed + "/ca1;") +
                           nginx_server("d.t.test", closed + "/ca2;")),
                "/c.crt: *.t.test\n/ca1: CA \"CN=1\"\n/ca2: CA \"CN=2\"\n"));
  auto groups = coalescing_groups(*made.topology);
  std::vector<std::string> told;
  for (const Misdirection& each : misdirections(*made.topology, groups)) {
    EXPECT_EQ(each.kind, MisdirectionKind::refused);
    told.push_back(fmt::format("{} -> {} +{}", each.carrier.name, each.rider.name, each.further));
  }
  // From a, b and d to c: nginx completes d's handshake with a certificate of c's authority and refuses
  // requests only, so the connection is there to ride on. The same from a, b and c to d.
  EXPECT_EQ(told, (std::vector<std::string>{"a.t.test -> c.t.test +2", "a.t.test -> d.t.test +2"}));
}

}  // namespace
}  // namespace astray::test
