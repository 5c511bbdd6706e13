// The ways to a server: DNS, addresses, proxies, TLS; and what the pool keeps of them.
#include <gtest/gtest.h>

#include <map>

#include "simulation/fetch_world.h"
#include "simulation/proxy.h"
#include "support/certificates.h"

namespace astray::simulation {
namespace {

using namespace std::chrono_literals;
using client::FailureKind;
using client::Phase;
using client::PoolEventKind;

class FetchWaysTest : public ::testing::Test {
 protected:
  FetchWorld world;

  Origin& start(std::string_view where = "192.0.2.1:443", std::string body = "this is a") {
    return world.add_origin(where, {.sites = {{.name = "a.example", .body = std::move(body)}}});
  }
  void use_proxy(const std::string& text) {
    const std::map<std::string, std::string> variables{{"https_proxy", text}, {"http_proxy", text}};
    world.settings().proxies = client::ProxySettings::read([variables](const std::string& name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
  }
  Endpoint endpoint(std::string_view text) { return Endpoint::parse(text).value(); }
};

TEST_F(FetchWaysTest, AnUnknownNameIsTold) {
  const Fetched fetched = world.fetch("https://nowhere.example/");
  EXPECT_EQ(fetched.report.failure->kind, FailureKind::resolve_failed);
  EXPECT_EQ(fetched.report.failure->phase, Phase::resolve);
  EXPECT_EQ(fetched.report.failure->processing, client::Processing::impossible);
}

TEST_F(FetchWaysTest, ASilentDnsServerIsGivenUp) {
  world.resolver().swallow(Hostname::parse("a.example").value());
  client::Request get = world.request("https://a.example/");
  get.timeouts.resolve = 5s;
  EXPECT_EQ(world.fetch(std::move(get)).text(),
            "timed-out in resolve: DNS gave no answer for a.example within 5 s");
}

TEST_F(FetchWaysTest, ManyFetchesOfOneNameAskDnsOnce) {
  world.name("a.example", {"192.0.2.1"});
  start();
  world.fetch_all(std::vector<std::string_view>(20, "https://a.example/"));
  EXPECT_EQ(world.story().count(PoolEventKind::opened), 1u);
  EXPECT_EQ(world.client().counters().opened, 1u);
}

TEST_F(FetchWaysTest, FamiliesAlternateAndTheFirstThatAnswersWins) {
  world.name("a.example", {"192.0.2.1", "2001:db8::1"});
  world.network().swallow_connects(endpoint("[2001:db8::1]:443"));
  start();
  const MonotonicTime before = world.loop().now();
  const Fetched fetched = world.fetch("https://a.example/");
  EXPECT_EQ(fetched.text(), "200 on 1 opened: this is a");
  EXPECT_EQ(fetched.report.carried_on.peer->text(), "192.0.2.1:443");
  // RFC 8305 §5: 250 ms later.
  EXPECT_GE(world.loop().now() - before, 250ms);
  EXPECT_LT(world.loop().now() - before, 300ms);
}

TEST_F(FetchWaysTest, ARefusedAddressIsFollowedByTheNextAtOnce) {
  world.name("a.example", {"192.0.2.1", "2001:db8::1"});
  start();
  const MonotonicTime before = world.loop().now();
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 1 opened: this is a");
  EXPECT_LT(world.loop().now() - before, 50ms);
}

TEST_F(FetchWaysTest, EveryAddressIsNamedWhereNoneAnswers) {
  world.name("a.example", {"192.0.2.1", "192.0.2.2"});
  world.network().swallow_connects(endpoint("192.0.2.2:443"));
  client::Request get = world.request("https://a.example/");
  get.timeouts.connect = 3s;
  EXPECT_EQ(world.fetch(std::move(get)).text(),
            "timed-out in connect: could not connect to 192.0.2.1:443: connection refused (ECONNREFUSED); "
            "192.0.2.2:443: no answer");
}

TEST_F(FetchWaysTest, ResolveAndConnectToChangeTheAddressAndNothingElse) {
  start("192.0.2.7:8443");
  world.settings().connect_to = {
      {Host::parse("a.example").value(), std::nullopt, Host::parse("192.0.2.7").value(), Port(8443)}};
  const Fetched fetched = world.fetch("https://a.example/");
  EXPECT_EQ(fetched.text(), "200 on 1 opened: this is a");
  EXPECT_EQ(fetched.report.carried_on.server_name, "a.example");
}

TEST_F(FetchWaysTest, AnUntrustedCertificateIsRefused) {
  world.name("b.example", {"192.0.2.1"});
  start();
  const Fetched fetched = world.fetch("https://b.example/");
  EXPECT_EQ(fetched.text(),
            "certificate-refused in handshake: the certificate for b.example is refused: the certificate "
            "does not cover "
            "b.example");
}

TEST_F(FetchWaysTest, WithoutVerificationNoSecondNameIsCarried) {
  world.settings().verification = client::Verification::off;
  world.name("a.example", {"192.0.2.1"});
  world.name("b.example", {"192.0.2.1"});
  const std::vector<std::string> names{"a.example", "b.example"};
  world.add_origin("192.0.2.1:443",
                   {.sites = {{.name = "a.example", .body = "a", .certificate_names = names}}});
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 1 opened: a");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 2 opened: a");
}

TEST_F(FetchWaysTest, ASessionIsOfferedToItsOwnNameAlone) {
  world.settings().coalescing = client::CoalescePolicy::off;
  world.settings().idle_timeout = 1s;
  const std::vector<std::string> names{"a.example", "b.example"};
  // Both names accept each other's sessions: a client that offered one would resume.
  Origin& origin = world.add_origin(
      "192.0.2.1:443",
      {.sites = {{.name = "a.example", .body = "a", .certificate_names = names, .session_scope = "x"},
                 {.name = "b.example", .body = "b", .certificate_names = names, .session_scope = "x"}}});
  world.name("a.example", {"192.0.2.1"});
  world.name("b.example", {"192.0.2.1"});
  world.fetch("https://a.example/");
  world.wait(5s);
  EXPECT_EQ(world.client().connections(), 0u);
  world.fetch("https://b.example/");
  EXPECT_EQ(origin.traffic().resumed, 0u);
  EXPECT_EQ(world.fetch("https://a.example/").report.carried_on.resumed, true);
  EXPECT_EQ(origin.traffic().resumed, 1u);
}

TEST_F(FetchWaysTest, OurCertificateIsNotShownToAServerThatIsNotTrusted) {
  world.name("b.example", {"192.0.2.1"});
  const test::TestCertificate own = test::CertificateBuilder().common_name("me").build();
  world.settings().client_certificate = tls::Identity::parse(own.pem(), own.key_pem(), "me").value();
  Origin& origin = world.add_origin(
      "192.0.2.1:443", {.sites = {{.name = "a.example", .body = "a", .demand = Demand::client_certificate}},
                        .client_authorities = own.pem()});
  EXPECT_EQ(world.fetch("https://b.example/").report.failure->kind, FailureKind::certificate_refused);
  EXPECT_EQ(origin.traffic().handshakes, 0u);
  world.name("a.example", {"192.0.2.1"});
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 2 opened: a");
  EXPECT_EQ(origin.traffic().handshakes, 1u);
}

TEST_F(FetchWaysTest, AConnectionWithOurCertificateCarriesNoSecondName) {
  const std::vector<std::string> names{"a.example", "b.example"};
  for (const std::string& name : names) world.name(name, {"192.0.2.1"});
  const test::TestCertificate own = test::CertificateBuilder().common_name("me").build();
  world.settings().client_certificate = tls::Identity::parse(own.pem(), own.key_pem(), "me").value();
  world.add_origin("192.0.2.1:443",
                   {.sites = {{.name = "a.example",
                               .body = "a",
                               .certificate_names = names,
                               .demand = Demand::client_certificate},
                              {.name = "b.example", .body = "b", .certificate_names = names}},
                    .client_authorities = own.pem()});
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 1 opened: a");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 2 opened: b");
  EXPECT_NE(world.story().with("not-coalesced").find("client-certificate-sent"), std::string::npos);
}

TEST_F(FetchWaysTest, IdleConnectionsAreClosed) {
  world.settings().idle_timeout = 10s;
  world.name("a.example", {"192.0.2.1"});
  Origin& origin = start();
  world.fetch("https://a.example/");
  world.wait(9s);
  EXPECT_EQ(world.client().connections(), 1u);
  world.wait(2s);
  EXPECT_EQ(world.client().connections(), 0u);
  world.wait(1s);
  EXPECT_EQ(origin.traffic().open, 0u);
}

TEST_F(FetchWaysTest, ANewConnectionTakesTheLongestIdlesPlace) {
  world.settings().connections = 2;
  for (const char* name : {"a.example", "b.example", "c.example"}) world.name(name, {"192.0.2.1"});
  world.add_origin("192.0.2.1:443", {.sites = {{.name = "a.example", .body = "a"},
                                               {.name = "b.example", .body = "b"},
                                               {.name = "c.example", .body = "c"}}});
  world.fetch("https://a.example/");
  world.fetch("https://b.example/");
  EXPECT_EQ(world.fetch("https://c.example/").text(), "200 on 3 opened: c");
  EXPECT_EQ(world.client().connections(), 2u);
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 2 reused: b");
}

TEST_F(FetchWaysTest, SixConnectionsOfHttp1AndTheRestWaits) {
  world.name("a.example", {"192.0.2.1"});
  Origin& origin = world.add_origin(
      "192.0.2.1:443", {.sites = {{.name = "a.example", .body = "a"}}, .protocols = {"http/1.1"}});
  const std::vector<Fetched> fetched =
      world.fetch_all(std::vector<std::string_view>(50, "https://a.example/"));
  for (const Fetched& each : fetched) EXPECT_EQ(each.kept->body, "a") << each.text();
  EXPECT_EQ(origin.traffic().connections, 6u);
  EXPECT_EQ(origin.traffic().requests, 50u);
}

TEST_F(FetchWaysTest, MoreStreamsThanAllowedWait) {
  world.settings().streams_per_connection = 5;
  world.name("a.example", {"192.0.2.1"});
  Origin& origin = start();
  const std::vector<Fetched> fetched =
      world.fetch_all(std::vector<std::string_view>(60, "https://a.example/"));
  for (const Fetched& each : fetched) EXPECT_EQ(each.kept->body, "this is a") << each.text();
  EXPECT_EQ(origin.traffic().connections, 1u);
}

TEST_F(FetchWaysTest, ARefusedStreamIsAskedAgain) {
  world.name("a.example", {"192.0.2.1"});
  int asked = 0;
  world.add_origin("192.0.2.1:443", {.sites = {{.name = "a.example", .body = "a"}},
                                     .answer = [&](const Asked&) -> std::optional<Answered> {
                                       if (++asked == 1)
                                         return Answered{.body = "", .speech = Answered::Speech::refused};
                                       return std::nullopt;
                                     }});
  client::Request post = world.request("https://a.example/");
  post.method = "POST";
  post.body = std::string("once");
  const Fetched fetched = world.fetch(std::move(post));
  EXPECT_EQ(fetched.report.status, 200);
  EXPECT_EQ(fetched.report.retries, 1u);
}

TEST_F(FetchWaysTest, ACertificateThatLostANameIsNotCoalescedAgain) {
  // The first connection's certificate has both names; the one behind the next connection has lost b.
  const std::vector<std::string> names{"a.example", "b.example"};
  world.name("a.example", {"192.0.2.1"});
  world.name("b.example", {"192.0.2.1"});
  world.settings().idle_timeout = 1s;
  world.add_origin("192.0.2.1:443", {.sites = {{.name = "a.example", .body = "a", .certificate_names = names},
                                               {.name = "b.example", .body = "b"}},
                                     .requests_per_connection = 2});
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 1 opened: a");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 1 coalesced: b");
  world.wait(3s);
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 2 opened: b");
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 3 opened: a");
}

TEST_F(FetchWaysTest, AnExpiredCertificateIsNotCoalescedOntoEither) {
  const std::vector<std::string> names{"a.example", "b.example"};
  world.name("a.example", {"192.0.2.1"});
  world.name("b.example", {"192.0.2.1"});
  Instant now = test::instant("2026-11-01");
  world.settings().wall_clock = [&now] { return now; };
  world.add_origin("192.0.2.1:443",
                   {.sites = {{.name = "a.example", .body = "a", .certificate_names = names}}});
  world.fetch("https://a.example/");
  now = test::instant("2036-06-01");
  const Fetched fetched = world.fetch("https://b.example/");
  EXPECT_EQ(fetched.report.failure->kind, FailureKind::certificate_refused);
  EXPECT_NE(world.story().with("not-coalesced").find("certificate has expired"), std::string::npos);
}

TEST_F(FetchWaysTest, ThroughAProxyByATunnel) {
  use_proxy("http://user:secret@192.0.2.50:3128");
  start("192.0.2.1:443");
  Proxy proxy(world.loop(), world.network(), endpoint("192.0.2.50:3128"), endpoint("192.0.2.1:443"));
  // The proxy resolves; nobody here knows the name.
  const Fetched fetched = world.fetch("https://a.example/");
  EXPECT_EQ(fetched.text(), "200 on 1 opened: this is a");
  EXPECT_TRUE(proxy.last_head().starts_with("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n"))
      << proxy.last_head();
  EXPECT_NE(proxy.last_head().find("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n"), std::string::npos);
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 1 reused: this is a");
}

TEST_F(FetchWaysTest, ThroughAProxyInClear) {
  use_proxy("http://192.0.2.50:3128");
  Proxy proxy(world.loop(), world.network(), endpoint("192.0.2.50:3128"), endpoint("192.0.2.1:80"));
  EXPECT_EQ(world.fetch("http://a.example/x").text(), "200 on 1 opened: forwarded");
  EXPECT_TRUE(proxy.last_head().starts_with("GET http://a.example/x HTTP/1.1\r\nHost: a.example\r\n"))
      << proxy.last_head();
}

TEST_F(FetchWaysTest, TunnelsAreNotSharedBetweenNames) {
  use_proxy("http://192.0.2.50:3128");
  const std::vector<std::string> names{"a.example", "b.example"};
  world.add_origin("192.0.2.1:443",
                   {.sites = {{.name = "a.example", .body = "a", .certificate_names = names},
                              {.name = "b.example", .body = "b", .certificate_names = names}}});
  Proxy proxy(world.loop(), world.network(), endpoint("192.0.2.50:3128"), endpoint("192.0.2.1:443"));
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 1 opened: a");
  EXPECT_EQ(world.fetch("https://b.example/").text(), "200 on 2 opened: b");
  EXPECT_EQ(proxy.tunnels(), 2u);
}

TEST_F(FetchWaysTest, AProxyThatLiesIsNamed) {
  struct Row {
    ProxyManner manner;
    std::string text;
  };
  const std::string who = "the proxy 192.0.2.50:3128 ";
  const Row rows[] = {
      {ProxyManner::refuses, "proxy-refused in proxy-tunnel: " + who + "refused the tunnel: 403 Forbidden"},
      {ProxyManner::wants_password,
       "proxy-refused in proxy-tunnel: " + who +
           "refused the tunnel: 407 Proxy Authentication Required; give user and password in "
           "the proxy's address: http://user:password@…"},
      {ProxyManner::speaks_first,
       "proxy-failed in proxy-tunnel: " + who + "sent bytes into the tunnel before the client did"},
      {ProxyManner::no_http,
       "proxy-failed in proxy-tunnel: " + who +
           "gave no answer to CONNECT: the peer does not speak HTTP/1: \"220 ftp.example ready\""},
      {ProxyManner::silent, "timed-out in proxy-tunnel: " + who + "opened no tunnel within 15 s"},
      {ProxyManner::hangs_up,
       "proxy-failed in proxy-tunnel: " + who +
           "gave no answer to CONNECT: the peer closed the connection before a response began"},
  };
  for (const Row& row : rows) {
    FetchWorld other;
    other.settings().proxies = client::ProxySettings::read([](const std::string&) { return std::nullopt; },
                                                           {.proxy = "http://192.0.2.50:3128"});
    Proxy proxy(other.loop(), other.network(), endpoint("192.0.2.50:3128"), endpoint("192.0.2.1:443"),
                row.manner);
    EXPECT_EQ(other.fetch("https://a.example/").text(), row.text);
  }
}

TEST_F(FetchWaysTest, DnsThatChangesIsFollowedAfterItsLifetime) {
  world.settings().idle_timeout = 1s;
  world.name("a.example", {"192.0.2.1"});
  start("192.0.2.1:443", "old");
  start("192.0.2.2:443", "new");
  EXPECT_EQ(world.fetch("https://a.example/").kept->body, "old");
  world.name("a.example", {"192.0.2.2"});
  world.wait(10s);
  EXPECT_EQ(world.fetch("https://a.example/").kept->body, "old");
  world.wait(60s);
  EXPECT_EQ(world.fetch("https://a.example/").kept->body, "new");
}

TEST_F(FetchWaysTest, A421AsksDnsAgain) {
  world.name("a.example", {"192.0.2.1"});
  world.add_origin("192.0.2.1:443",
                   {.sites = {{.name = "a.example", .body = ""}}, .answer = [&](const Asked&) {
                      world.name("a.example", {"192.0.2.2"});
                      return std::optional(Answered{421, "moved"});
                    }});
  start("192.0.2.2:443", "here");
  EXPECT_EQ(world.fetch("https://a.example/").text(), "200 on 2 opened: here");
}

}  // namespace
}  // namespace astray::simulation
