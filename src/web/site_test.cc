// Who may ask what; without a socket.
#include "web/site.h"

#include <gtest/gtest.h>

#include "io/running_test.h"

namespace astray::web {
namespace {

Site site_at(std::string_view configured, std::optional<BearerToken> token = {}) {
  const auto ok = [](const Request&) { return at_once(plain_answer(200, "ok\n")); };
  Site site{.configured = Endpoint::parse(configured).value(), .token = std::move(token)};
  site.routes = {{.path = "/open", .answer = ok},
                 {.path = "/api", .access = Access::token_if_set, .answer = ok},
                 {.path = "/change", .use = Use::change, .answer = ok},
                 {.path = "/guarded", .use = Use::change, .access = Access::token, .answer = ok},
                 {.path = "/events", .use = Use::follow, .access = Access::token_if_set, .answer = ok}};
  return site;
}

Answer answered(const Site& site, const Request& request) {
  fake::VirtualLoop loop;
  return std::get<Answer>(test::run(loop, answer(site, request)));
}

struct HostCase {
  const char* configured;
  std::vector<std::string> hosts;
  int status;
};
const HostCase host_cases[] = {
    {"127.0.0.1:9421", {"127.0.0.1:9421"}, 200},
    {"127.0.0.1:9421", {"127.0.0.1"}, 200},
    {"127.0.0.1:9421", {"127.9.9.9:1"}, 200},
    {"127.0.0.1:9421", {"LOCALHOST:8000"}, 200},  // through a tunnel with a port of its own
    {"127.0.0.1:9421", {"localhost."}, 200},
    {"127.0.0.1:9421", {"[::1]:9421"}, 200},
    {"192.0.2.5:9421", {"192.0.2.5:9421"}, 200},
    {"[2001:db8::5]:9421", {"[2001:db8::5]"}, 200},
    {"0.0.0.0:9421", {"192.0.2.5"}, 200},
    {"[::]:9421", {"192.0.2.5"}, 200},
    {"127.0.0.1:9421", {"watch.example"}, 200},
    {"127.0.0.1:9421", {"www.watch.example"}, 421},
    {"127.0.0.1:9421", {"192.0.2.5"}, 421},
    {"127.0.0.1:9421", {"evil.example:9421"}, 421},
    {"0.0.0.0:9421", {"evil.example"}, 421},
    {"127.0.0.1:9421", {"localhost.evil.example"}, 421},
    {"127.0.0.1:9421", {"127.0.0.1.evil.example"}, 421},
    {"127.0.0.1:9421", {}, 400},
    {"127.0.0.1:9421", {""}, 400},
    {"127.0.0.1:9421", {"localhost", "localhost"}, 400},
    {"127.0.0.1:9421", {"localhost", "evil.example"}, 400},
    {"127.0.0.1:9421", {"localhost@evil.example"}, 400},
    {"127.0.0.1:9421", {"localhost:x"}, 400},
};

TEST(WebSite, NamesOfStrangersGetNothing) {
  for (const HostCase& c : host_cases) {
    Site site = site_at(c.configured);
    site.names = {Hostname::parse("watch.example").value()};
    EXPECT_EQ(answered(site, {.method = "GET", .path = "/open", .hosts = c.hosts}).status, c.status)
        << c.configured << " " << (c.hosts.empty() ? "" : c.hosts.front());
  }
}

struct OtherSiteCase {
  const char* host;
  std::optional<std::string> origin, site;
  int status;
};
const OtherSiteCase other_site_cases[] = {
    {"localhost:9421", std::nullopt, std::nullopt, 200},
    {"localhost:9421", "http://localhost:9421", "same-origin", 200},
    {"localhost:9421", std::nullopt, "none", 200},
    {"watch.example", "https://watch.example", "same-origin", 200},
    {"localhost:9421", "http://evil.example", std::nullopt, 403},
    {"localhost:9421", "null", std::nullopt, 403},
    {"localhost:9421", "http://localhost:8080", std::nullopt, 403},  // another program of this machine
    {"localhost:9421", "https://localhost:9421", std::nullopt, 403},
    {"localhost:9421", std::nullopt, "cross-site", 403},
    {"localhost:9421", "http://localhost:9421", "same-site", 403},
    {"watch.example", "https://evil.example", std::nullopt, 403},
    {"localhost:9421", "http://localhost:9421, http://localhost:9421", std::nullopt, 403},
};

TEST(WebSite, OtherSitesChangeAndFollowNothing) {
  Site site = site_at("127.0.0.1:9421");
  site.names = {Hostname::parse("watch.example").value()};
  for (const OtherSiteCase& c : other_site_cases) {
    Request request{.method = "POST", .path = "/change", .hosts = {c.host}};
    request.origin = c.origin;
    request.sec_fetch_site = c.site;
    EXPECT_EQ(answered(site, request).status, c.status) << c.origin.value_or("-") << c.site.value_or("-");
    request.method = "GET";
    request.path = "/events";
    EXPECT_EQ(answered(site, request).status, c.status) << c.origin.value_or("-") << c.site.value_or("-");
    request.path = "/open";
    EXPECT_EQ(answered(site, request).status, 200) << "a link of another page leads here";
  }
}

struct TokenCase {
  const char* path;
  std::optional<std::string> authorization;
  int without_token;  // the status where the site has none
  int with_token;     // where it is "secret"
};
const TokenCase token_cases[] = {
    {"/open", std::nullopt, 200, 200},
    {"/open", "Bearer wrong", 200, 200},
    {"/api", std::nullopt, 200, 401},
    {"/api", "Bearer secret", 200, 200},
    {"/api", "bEARER  secret", 200, 200},
    {"/api", "Bearer secre", 200, 401},
    {"/api", "Bearer secrets", 200, 401},
    {"/api", "Bearer secretsecret", 200, 401},
    {"/api", "Bearer ", 200, 401},
    {"/api", "Bearer", 200, 401},
    {"/api", "Basic secret", 200, 401},
    {"/api", "secret", 200, 401},
    {"/api", "Bearer secret, Bearer secret", 200, 401},
    {"/events", std::nullopt, 200, 401},
    {"/guarded", std::nullopt, 403, 401},
    {"/guarded", "Bearer secret", 403, 200},
    {"/guarded", "Bearer Secret", 403, 401},
};

TEST(WebSite, TokensAreNeededWhereTheRouteSaysSo) {
  for (const TokenCase& c : token_cases) {
    Request request{.method = c.path == std::string_view("/guarded") ? "POST" : "GET", .path = c.path};
    request.hosts = {"localhost"};
    request.authorization = c.authorization;
    const std::string what = std::string(c.path) + " " + c.authorization.value_or("-");
    EXPECT_EQ(answered(site_at("127.0.0.1:9421"), request).status, c.without_token) << what;
    const Answer guarded = answered(site_at("127.0.0.1:9421", BearerToken("secret")), request);
    EXPECT_EQ(guarded.status, c.with_token) << what;
    EXPECT_EQ(guarded.field_lines.size(), guarded.status == 401 ? 1u : 0u) << what;
    if (guarded.status == 401) {
      EXPECT_TRUE(guarded.field_lines[0].starts_with("WWW-Authenticate: Bearer ")) << what;
      EXPECT_EQ(guarded.field_lines[0].find("invalid_token") != std::string::npos,
                c.authorization.has_value());
    }
  }
}

TEST(WebSite, MethodsAndPathsAreThoseOfTheRoutes) {
  const Site site = site_at("127.0.0.1:9421");
  const auto status_of = [&](std::string method, std::string path) {
    return answered(site, {.method = std::move(method), .path = std::move(path), .hosts = {"localhost"}})
        .status;
  };
  EXPECT_EQ(status_of("HEAD", "/open"), 200);
  EXPECT_EQ(status_of("POST", "/open"), 405);
  EXPECT_EQ(status_of("GET", "/change"), 405);
  EXPECT_EQ(status_of("HEAD", "/change"), 405);
  EXPECT_EQ(status_of("POST", "/events"), 405);
  EXPECT_EQ(status_of("GET", "/open/"), 404);
  EXPECT_EQ(status_of("GET", "/OPEN"), 404);
  EXPECT_EQ(status_of("GET", ""), 404);
  EXPECT_EQ(status_of("OPTIONS", "*"), 404);
  const Answer nowhere = answered(site, {.method = "GET", .path = "/nowhere", .hosts = {"localhost"}});
  EXPECT_EQ(nowhere.body, "here are /open, /api, POST /change, POST /guarded, /events\n");
  const Answer head = answered(site, {.method = "HEAD", .path = "/events", .hosts = {"localhost"}});
  EXPECT_EQ(head.content_type, "text/event-stream");
}

TEST(WebSite, EveryAnswerHasAStrictPolicy) {
  size_t policies = 0;
  for (const std::string& line : common_field_lines())
    if (line.starts_with("Content-Security-Policy: default-src 'none';") &&
        line.find("unsafe") == std::string::npos)
      ++policies;
  EXPECT_EQ(policies, 1u);
}

}  // namespace
}  // namespace astray::web
