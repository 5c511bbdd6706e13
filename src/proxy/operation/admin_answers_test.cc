#include "proxy/operation/admin_answers.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "proxy/operation/admin_source_test.h"
#include "support/golden.h"

namespace astray::proxy {
namespace {

using namespace std::chrono_literals;
using astray::test::FakeAdminSource;

const Endpoint loopback = Endpoint::parse("127.0.0.1:9421").value();

AdminAnswer answered(const AdminRequest& request, const FakeAdminSource& source = {},
                     const Endpoint& configured = loopback) {
  const auto answer = answer_admin(request, source, configured);
  if (const auto* given = std::get_if<AdminAnswer>(&answer)) return *given;
  return {.status = 0, .body = "reload"};
}

struct PathCase {
  const char* method;
  const char* target;
  int status;
  const char* content_type;
  const char* body;  // its beginning
};
const PathCase path_cases[] = {
    {"GET", "/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "# metrics\n"},
    {"GET", "/metrics?name[]=x", 200, "text/plain; version=0.0.4; charset=utf-8", "# metrics\n"},
    {"HEAD", "/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "# metrics\n"},
    {"GET", "/healthz", 200, "text/plain; charset=utf-8", "ok\n"},
    {"GET", "/readyz", 200, "text/plain; charset=utf-8", "ready\n"},
    {"GET", "/admin", 200, "text/html; charset=utf-8", "<!doctype html>"},
    {"GET", "/admin/page.js", 200, "text/javascript; charset=utf-8", "\"use strict\";"},
    {"GET", "/admin/page.css", 200, "text/css; charset=utf-8", ":root {"},
    {"GET", "/admin/state.json", 200, "application/json", "{\"version\":\"0.1.0\""},
    {"GET", "/", 307, "text/plain; charset=utf-8", "the page is /admin\n"},
    {"POST", "/admin/reload", 0, "text/plain; charset=utf-8", "reload"},
    {"GET", "/admin/reload", 405, "text/plain; charset=utf-8", "only POST here\n"},
    {"HEAD", "/admin/reload", 405, "text/plain; charset=utf-8", "only POST here\n"},
    {"POST", "/metrics", 405, "text/plain; charset=utf-8", "only GET, HEAD here\n"},
    {"DELETE", "/admin", 405, "text/plain; charset=utf-8", "only GET, HEAD here\n"},
    {"GET", "/admin/", 404, "text/plain; charset=utf-8", "here are "},
    {"GET", "/admin/../metrics", 404, "text/plain; charset=utf-8", "here are "},
    {"GET", "/METRICS", 404, "text/plain; charset=utf-8", "here are "},
    {"GET", "", 404, "text/plain; charset=utf-8", "here are "},
    {"OPTIONS", "*", 404, "text/plain; charset=utf-8", "here are "},
};

TEST(AdminAnswers, Paths) {
  for (const PathCase& c : path_cases) {
    const AdminAnswer answer =
        answered({.method = c.method, .target = c.target, .hosts = {"localhost:9421"}});
    EXPECT_EQ(answer.status, c.status) << c.method << c.target;
    EXPECT_EQ(answer.content_type, c.content_type) << c.method << c.target;
    EXPECT_TRUE(answer.body.starts_with(c.body)) << c.method << c.target << answer.body;
    EXPECT_TRUE(c.status != 405 || answer.field_lines.at(0).starts_with("Allow: ")) << c.method << c.target;
  }
}

TEST(AdminAnswers, IsNotReadyWhileDraining) {
  FakeAdminSource source;
  source.serving_now = MetricsState::Serving::draining;
  const AdminAnswer ready = answered({.method = "GET", .target = "/readyz", .hosts = {"localhost"}}, source);
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(ready.body, "draining\n");
  EXPECT_EQ(answered({.method = "GET", .target = "/healthz", .hosts = {"localhost"}}, source).status, 200);
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

TEST(AdminAnswers, NamesOfStrangersGetNothing) {
  for (const HostCase& c : host_cases) {
    const AdminRequest request{.method = "GET", .target = "/healthz", .hosts = c.hosts};
    EXPECT_EQ(answered(request, {}, Endpoint::parse(c.configured).value()).status, c.status)
        << c.configured << " " << (c.hosts.empty() ? "" : c.hosts.front());
  }
}

struct ReloadCase {
  std::optional<std::string> origin, site;
  int status;  // 0: it reloads
};
const ReloadCase reload_cases[] = {
    {std::nullopt, std::nullopt, 0},
    {"http://localhost:9421", "same-origin", 0},
    {std::nullopt, "none", 0},
    {"http://evil.example", std::nullopt, 403},
    {"null", std::nullopt, 403},
    {"http://localhost:8080", std::nullopt, 403},  // another program of this machine
    {"https://localhost:9421", std::nullopt, 403},
    {std::nullopt, "cross-site", 403},
    {"http://localhost:9421", "same-site", 403},
};

TEST(AdminAnswers, OtherSitesDoNotReload) {
  for (const ReloadCase& c : reload_cases)
    EXPECT_EQ(answered({.method = "POST",
                        .target = "/admin/reload",
                        .hosts = {"localhost:9421"},
                        .origin = c.origin,
                        .sec_fetch_site = c.site})
                  .status,
              c.status)
        << c.origin.value_or("-") << c.site.value_or("-");
}

TEST(AdminAnswers, WhatAReloadCameTo) {
  EXPECT_EQ(answer_reload(7).body, "configuration 7 is in use\n");
  const AdminAnswer failed = answer_reload(failure("gateway.yaml:3:5: there is no back ap"));
  EXPECT_EQ(failed.status, 409);
  EXPECT_EQ(failed.body, "gateway.yaml:3:5: there is no back ap\nthe configuration before stays in use\n");
}

// The policy allows 'self' alone, so whatever is inline or elsewhere would not work.
TEST(AdminAnswers, ThePageKeepsItsOwnPolicy) {
  const std::string page = answered({.method = "GET", .target = "/admin", .hosts = {"localhost"}}).body;
  const std::string script =
      answered({.method = "GET", .target = "/admin/page.js", .hosts = {"localhost"}}).body;
  for (const char* bad :
       {"<style", " style=", "onclick", "onload", "javascript:", "http://", "https://", "<script>"})
    EXPECT_EQ(page.find(bad), std::string::npos) << bad;
  for (const char* bad :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("})
    EXPECT_EQ(script.find(bad), std::string::npos) << bad;
  const auto lines = admin_field_lines();
  EXPECT_EQ(std::ranges::count_if(lines,
                                  [](const std::string& line) {
                                    return line.starts_with("Content-Security-Policy: default-src 'none';") &&
                                           line.find("unsafe") == std::string::npos;
                                  }),
            1);
}

// tests/gateway/check_state_schema.py holds it against docs/schema/gateway-state.schema.json.
TEST(AdminState, AsJson) {
  astray::test::expect_golden(std::string(ASTRAY_SOURCE_DIR) + "/tests/gateway/state.json",
                              admin_state_json(astray::test::some_admin_state()));
}

TEST(AdminState, LongListsAreCut) {
  AdminState state;
  state.virtual_hosts.resize(1001);
  state.virtual_hosts[0].names.resize(101, "n");
  const std::string json = admin_state_json(state);
  EXPECT_NE(json.find("\"virtual_hosts_count\":1001"), std::string::npos);
  EXPECT_NE(json.find("\"names_count\":101"), std::string::npos);
  const auto count_of = [&](std::string_view part) {
    size_t count = 0;
    for (size_t at = json.find(part); at != std::string::npos; at = json.find(part, at + 1)) ++count;
    return count;
  };
  EXPECT_EQ(count_of("{\"label\":"), 1000u);
  EXPECT_EQ(count_of("\"n\""), 100u);
}

gateway::LogRecord refused_record(int second) {
  gateway::LogRecord record;
  record.time = gateway::WallTime{std::chrono::seconds(second)};
  record.tls = gateway::LoggedTls{.sni = "a.example", .virtual_host = "first"};
  record.authority = "b.example";
  record.answer = Answer::misdirected;
  record.reason = Reason::certificate_gap;
  return record;
}

TEST(RecentRefusals, AreTheNewestOfAllWorkers) {
  RecentRefusals refusals(2);
  EXPECT_TRUE(refusals.newest().empty());
  for (int second = 0; second < 1000; ++second)
    refusals.record(static_cast<size_t>(second % 2), refused_record(second));
  const auto newest = refusals.newest();
  ASSERT_EQ(newest.size(), RecentRefusals::most);
  for (size_t i = 0; i < newest.size(); ++i)
    EXPECT_EQ(newest[i].time.time_since_epoch(), std::chrono::seconds(999 - static_cast<int>(i)));
}

TEST(RecentRefusals, KeepBothNamesAndNothingElseThanRefusals) {
  RecentRefusals refusals(1);
  gateway::LogRecord served = refused_record(1);
  served.answer = Answer::serve;
  refusals.record(0, served);
  refusals.record(0, gateway::LogRecord{});
  EXPECT_TRUE(refusals.newest().empty());
  const std::string long_name(1000, 'x');
  gateway::LogRecord refused = refused_record(2);
  refused.authority = long_name;
  refusals.record(0, refused);
  refused.tls.reset();
  refused.time += 1s;
  refusals.record(0, refused);
  const auto newest = refusals.newest();
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].sni, std::nullopt);
  EXPECT_EQ(newest[1].sni, "a.example");
  EXPECT_EQ(newest[1].handshake_virtual_host, "first");
  EXPECT_EQ(newest[1].authority, std::string(320, 'x'));
}

}  // namespace
}  // namespace astray::proxy
