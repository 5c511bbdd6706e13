#include "audit/back_edges.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "audit/back_answers.h"
#include "audit/page_case_test.h"

namespace astray {
namespace {

using test::Fence;

Fence nginx(std::string path, std::string text) {
  return {"nginx", std::move(path), std::move(text), 1};
}
Fence httpd(std::string path, std::string text) {
  return {"httpd", std::move(path), std::move(text), 1};
}
Fence certificates() {
  return {"certificates", "", "/etc/ssl/a.pem: a.test\n/etc/ssl/b.pem: b.test\n/etc/ssl/all.pem: *.test\n",
          1};
}

test::BuiltCase built(std::vector<Fence> fences) {
  fences.push_back(certificates());
  auto made = test::build({test::CaseKind::fires, "case", 1, std::move(fences)});
  EXPECT_TRUE(made.has_value()) << made.error().message;
  return made ? *std::move(made) : test::BuiltCase{};
}

/// One nginx server in front; `names` and what stands in its location.
std::string front(std::string_view names, std::string_view location) {
  return fmt::format(
      "http {{ ssl_certificate /etc/ssl/all.pem; ssl_certificate_key /etc/ssl/all.key;\n"
      "server {{ listen 443 ssl; server_name {}; location / {{ {} }} }} }}\n",
      names, location);
}

constexpr std::string_view sni_of_host =
    "proxy_set_header Host $host; proxy_ssl_server_name on; proxy_ssl_name $host;";

/// Two virtual hosts, a.test (the default) and b.test, on 127.0.0.1:8443.
std::string back() {
  return "http { ssl_certificate_key /etc/ssl/all.key;\n"
         "server { listen 127.0.0.1:8443 ssl; server_name a.test www.a.test; ssl_certificate /etc/ssl/a.pem; "
         "}\n"
         "server { listen 127.0.0.1:8443 ssl; server_name b.test; ssl_certificate /etc/ssl/b.pem; } }\n";
}

/// "a.test/0/0 x2; b.test/1/1 x1": front name, virtual host by SNI and by Host (-: none), names.
std::string classes_of(const SurveyedEdge& edge) {
  const auto id = [](VirtualHostId host) {
    return host == VirtualHostId::none ? std::string("-") : std::to_string(static_cast<uint32_t>(host));
  };
  std::string text;
  for (const SentClass& names : edge.classes)
    text += fmt::format("{}{}/{}/{} x{}", text.empty() ? "" : "; ", names.front_name, id(names.by_sni),
                        id(names.by_host), names.names);
  return text;
}

TEST(BackEdgeSurvey, FoldsNamesThatLeadToTheSameVirtualHosts) {
  const auto made =
      built({nginx("/front", front("a.test b.test www.a.test other.test",
                                   fmt::format("proxy_pass https://127.0.0.1:8443; {}", sni_of_host))),
             nginx("/back", back())});
  const auto edges = survey_tls_back_edges(*made.topology);
  ASSERT_EQ(edges.size(), 1u);
  EXPECT_EQ(classes_of(edges[0]), "a.test/0/0 x3; b.test/1/1 x1");
  EXPECT_FALSE(edges[0].open_ended);
  EXPECT_TRUE(edges[0].classes[0].sni_is_host);
}

TEST(BackEdgeSurvey, AsksOnceWhereNoNameDecidesWhatIsSent) {
  const auto made =
      built({nginx("/front", front("a.test b.test c.test",
                                   "proxy_pass https://127.0.0.1:8443; proxy_set_header Host b.test; "
                                   "proxy_ssl_server_name on; proxy_ssl_name a.test;")),
             nginx("/back", back())});
  const auto edges = survey_tls_back_edges(*made.topology);
  ASSERT_EQ(edges.size(), 1u);
  EXPECT_EQ(classes_of(edges[0]), "a.test/0/1 x3");
  EXPECT_FALSE(edges[0].classes[0].sni_is_host);
}

TEST(BackEdgeSurvey, TakesNamesFromTheBackWhereTheFrontTakesAny) {
  for (const char* names : {"_", "\"\"", "~^.*$"}) {
    const auto made = built(
        {nginx("/front", front(names, "proxy_pass https://127.0.0.1:8443; proxy_set_header Host $host;")),
         nginx("/back", back())});
    const auto edges = survey_tls_back_edges(*made.topology);
    ASSERT_EQ(edges.size(), 1u) << names;
    EXPECT_TRUE(edges[0].open_ended) << names;
    EXPECT_EQ(classes_of(edges[0]), "a.test/-/0 x2; b.test/-/1 x1") << names;
    EXPECT_EQ(edges[0].classes[1].named_at.file, "/back") << names;
  }
}

TEST(BackEdgeSurvey, TakesOnlyNamesThatTheFrontLeadsToThisVirtualHost) {
  // b.test has a server of its own in front, so the wildcard never sends it.
  const auto made =
      built({nginx("/front",
                   "http { ssl_certificate /etc/ssl/all.pem; ssl_certificate_key /etc/ssl/all.key;\n"
                   "server { listen 443 ssl; server_name *.test;\n"
                   "  location / { proxy_pass https://127.0.0.1:8443; proxy_set_header Host $host; } }\n"
                   "server { listen 443 ssl; server_name b.test; } }\n"),
             nginx("/back", back())});
  const auto edges = survey_tls_back_edges(*made.topology);
  ASSERT_EQ(edges.size(), 1u);
  EXPECT_EQ(classes_of(edges[0]), "any.test/-/0 x3");
}

TEST(BackEdgeSurvey, KeepsOneClassAndItsCountWithoutADestination) {
  const auto made = built(
      {nginx("/front", front("a.test b.test", "proxy_pass https://10.0.0.9; proxy_set_header Host $host;"))});
  const auto edges = survey_tls_back_edges(*made.topology);
  ASSERT_EQ(edges.size(), 1u);
  EXPECT_FALSE(edges[0].destination.has_value());
  EXPECT_EQ(classes_of(edges[0]), "a.test/-/- x2");
}

TEST(BackEdgeSurvey, OneUnknownAddressOfAPoolStandsForAll) {
  const auto made = built(
      {nginx("/front",
             "http { ssl_certificate /etc/ssl/all.pem; ssl_certificate_key /etc/ssl/all.key;\n"
             "upstream be { server 10.0.0.1:8443; server 127.0.0.1:8443; server 10.0.0.2:8443; }\n"
             "server { listen 443 ssl; server_name a.test; location / { proxy_pass https://be; } } }\n"),
       nginx("/back", back())});
  const auto edges = survey_tls_back_edges(*made.topology);
  ASSERT_EQ(edges.size(), 2u);
  EXPECT_EQ(address_text(*edges[0].address), "10.0.0.1:8443");
  EXPECT_EQ(address_text(*edges[1].address), "127.0.0.1:8443");
  EXPECT_TRUE(edges[1].destination.has_value());
  EXPECT_NE(where_to(edges[0]), where_to(edges[1]));
}

TEST(BackEdgeSurvey, LeavesOutBacksWithoutTls) {
  const auto made = built({nginx("/front", front("a.test", "proxy_pass http://127.0.0.1:8080;"))});
  EXPECT_TRUE(survey_tls_back_edges(*made.topology).empty());
}

TEST(BackEdgeSurvey, KnowsAHostThatIsAnAddress) {
  const auto made =
      built({nginx("/front", front("a.test", "proxy_pass https://127.0.0.1:8443;")), nginx("/back", back())});
  const auto edges = survey_tls_back_edges(*made.topology);
  ASSERT_EQ(edges.size(), 1u);
  ASSERT_EQ(edges[0].classes.size(), 1u);
  EXPECT_FALSE(sends_a_host_name(edges[0].classes[0]));
}

// The answers of real readers and behaviours to what a front sends, one after the other.

struct AnswerCase {
  const char* title;
  std::string location;
  const char* back_version;
  BackOutcome outcome;
  int status;  ///< that a client of the front sees
};

class BackAnswerOf : public testing::TestWithParam<AnswerCase> {};

constexpr std::string_view httpd_back =
    "Listen 8443\n"
    "<VirtualHost *:8443>\nServerName a.test\nSSLEngine on\nSSLCertificateFile "
    "/etc/ssl/a.pem\n</VirtualHost>\n"
    "<VirtualHost *:8443>\nServerName b.test\nSSLEngine on\nSSLCertificateFile "
    "/etc/ssl/b.pem\n</VirtualHost>\n";

TEST_P(BackAnswerOf, IsHeldAgainstSniEqualToHost) {
  const AnswerCase& c = GetParam();
  const auto made =
      built({nginx("/front", front("b.test", "proxy_pass https://127.0.0.1:8443; " + c.location)),
             httpd("/back", std::string(httpd_back)),
             {"options", "", fmt::format("server httpd@{}\n", c.back_version), 1}});
  const auto edges = survey_tls_back_edges(*made.topology);
  ASSERT_EQ(edges.size(), 1u);
  ASSERT_EQ(edges[0].classes.size(), 1u);
  BackAnswers answers(*made.topology);
  const BackAnswer& answer = answers.of(edges[0], edges[0].classes[0]);
  EXPECT_EQ(answer.outcome, c.outcome);
  EXPECT_EQ(status_in_front(answer), c.status);
}

INSTANTIATE_TEST_SUITE_P(
    Httpd, BackAnswerOf,
    testing::Values(AnswerCase{"no SNI", "proxy_set_header Host $host;", "2.4.65", BackOutcome::refused, 421},
                    AnswerCase{"no SNI, before the fix", "proxy_set_header Host $host;", "2.4.62",
                               BackOutcome::as_meant, 0},
                    AnswerCase{"the right SNI", std::string(sni_of_host), "2.4.65", BackOutcome::as_meant, 0},
                    AnswerCase{
                        "another name's SNI",
                        "proxy_set_header Host $host; proxy_ssl_server_name on; proxy_ssl_name a.test;",
                        "2.4.62", BackOutcome::refused, 421},
                    AnswerCase{"a certificate that is checked",
                               "proxy_set_header Host $host; proxy_ssl_name $host; proxy_ssl_verify on; "
                               "proxy_ssl_trusted_certificate /etc/ssl/all.pem;",
                               "2.4.62", BackOutcome::certificate_mismatch, 502},
                    AnswerCase{"a Host that nobody has", "proxy_set_header Host nowhere.test;", "2.4.65",
                               BackOutcome::as_meant, 0}),
    [](const testing::TestParamInfo<AnswerCase>& parameter) {
      return "case_" + std::to_string(parameter.index);
    });

// Hop by hop through three real readers: nginx, httpd as a proxy, httpd.

std::string middle(std::string_view preserve_host) {
  return fmt::format(
      "Listen 8443\n<VirtualHost *:8443>\nServerName a.test\nServerAlias b.test\nSSLEngine on\n"
      "SSLCertificateFile /etc/ssl/all.pem\nSSLProxyEngine on\nProxyPreserveHost {}\n"
      "ProxyPass \"/\" \"https://last.test:9443/\"\n</VirtualHost>\n",
      preserve_host);
}

std::vector<Hop> hops_through(std::string_view preserve_host) {
  static test::BuiltCase made;
  made = built(
      {nginx("/front", front("b.test", fmt::format("proxy_pass https://127.0.0.1:8443; {}", sni_of_host))),
       httpd("/middle", middle(preserve_host)),
       httpd("/last",
             "Listen 9443\n<VirtualHost *:9443>\nServerName b.test\nSSLEngine on\n"
             "SSLCertificateFile /etc/ssl/b.pem\n</VirtualHost>\n"
             "<VirtualHost *:9443>\nServerName last.test\nSSLEngine on\n"
             "SSLCertificateFile /etc/ssl/a.pem\n</VirtualHost>\n"),
       {"dns", "", "192.0.2.5 last.test\n", 1}});
  return follow(*made.topology, SiteId{0}, VirtualHostId{0}, "b.test");
}

TEST(FollowRealServers, ProxyPreserveHostMovesBothNames) {
  const std::vector<Hop> hops = hops_through("On");
  ASSERT_EQ(hops.size(), 2u);
  EXPECT_EQ(hops[1].front_site, SiteId{1});
  EXPECT_EQ(hops[1].sent.sni, "b.test");
  EXPECT_EQ(hops[1].sent.host, "b.test");
  ASSERT_TRUE(hops[1].expected.has_value());
  EXPECT_EQ(hops[1].expected->answer.virtual_host, VirtualHostId{0});
}

TEST(FollowRealServers, WithoutItBothAreTheWorkersHost) {
  const std::vector<Hop> hops = hops_through("Off");
  ASSERT_EQ(hops.size(), 2u);
  EXPECT_EQ(hops[1].sent.sni, "last.test");
  EXPECT_EQ(hops[1].sent.host, "last.test:9443");
  ASSERT_TRUE(hops[1].expected.has_value());
  EXPECT_EQ(hops[1].expected->answer.virtual_host, VirtualHostId{1});
}

}  // namespace
}  // namespace astray
