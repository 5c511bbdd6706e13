#include "proxy/operation/admin_answers.h"

#include <gtest/gtest.h>

#include "io/fake/virtual_loop.h"
#include "proxy/operation/admin_source_test.h"
#include "support/golden.h"

namespace astray::proxy {
namespace {

using namespace std::chrono_literals;
using astray::test::FakeAdminSource;

struct Asked {
  const char* method = "GET";
  const char* path = "/healthz";
};

web::Answer answered(const Asked& asked, FakeAdminSource& source, std::optional<std::string> origin = {}) {
  fake::VirtualLoop loop;
  const web::Site site = admin_site(source, Endpoint::parse("127.0.0.1:9421").value());
  const web::Request request{
      .method = asked.method, .path = asked.path, .hosts = {"localhost:9421"}, .origin = std::move(origin)};
  auto reply = loop.run_until_done(web::answer(site, request));
  return std::get<web::Answer>(reply.value());
}
web::Answer answered(const Asked& asked) {
  FakeAdminSource source;
  return answered(asked, source);
}

struct PathCase {
  const char* method;
  const char* path;
  int status;
  const char* content_type;
  const char* body;  // its beginning
};
const PathCase path_cases[] = {
    {"GET", "/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "# metrics\n"},
    {"HEAD", "/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "# metrics\n"},
    {"GET", "/healthz", 200, "text/plain; charset=utf-8", "ok\n"},
    {"GET", "/readyz", 200, "text/plain; charset=utf-8", "ready\n"},
    {"GET", "/admin", 200, "text/html; charset=utf-8", "<!doctype html>"},
    {"GET", "/admin/page.js", 200, "text/javascript; charset=utf-8", "\"use strict\";"},
    {"GET", "/admin/page.css", 200, "text/css; charset=utf-8", ":root {"},
    {"GET", "/admin/state.json", 200, "application/json", "{\"version\":\"0.1.0\""},
    {"GET", "/", 307, "text/plain; charset=utf-8", "the page is /admin\n"},
    {"POST", "/admin/reload", 200, "text/plain; charset=utf-8", "configuration 3 is in use\n"},
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
    const web::Answer answer = answered({c.method, c.path});
    EXPECT_EQ(answer.status, c.status) << c.method << c.path;
    EXPECT_EQ(answer.content_type, c.content_type) << c.method << c.path;
    EXPECT_TRUE(answer.body.starts_with(c.body)) << c.method << c.path << answer.body;
    EXPECT_TRUE(c.status != 405 || answer.field_lines.at(0).starts_with("Allow: ")) << c.method << c.path;
  }
}

TEST(AdminAnswers, IsNotReadyWhileDraining) {
  FakeAdminSource source;
  source.serving_now = MetricsState::Serving::draining;
  const web::Answer ready = answered({.path = "/readyz"}, source);
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(ready.body, "draining\n");
  EXPECT_EQ(answered({.path = "/healthz"}, source).status, 200);
}

TEST(AdminAnswers, OtherSitesDoNotReload) {
  FakeAdminSource source;
  EXPECT_EQ(answered({"POST", "/admin/reload"}, source, "http://evil.example").status, 403);
  EXPECT_EQ(answered({"GET", "/admin/reload"}, source).status, 405);
  EXPECT_EQ(source.reloads, 0);
  EXPECT_EQ(answered({"POST", "/admin/reload"}, source, "http://localhost:9421").status, 200);
  EXPECT_EQ(source.reloads, 1);
}

TEST(AdminAnswers, WhatAReloadCameTo) {
  FakeAdminSource source;
  source.reloaded = 7;
  EXPECT_EQ(answered({"POST", "/admin/reload"}, source).body, "configuration 7 is in use\n");
  source.reloaded = failure("gateway.yaml:3:5: there is no back ap");
  const web::Answer failed = answered({"POST", "/admin/reload"}, source);
  EXPECT_EQ(failed.status, 409);
  EXPECT_EQ(failed.body, "gateway.yaml:3:5: there is no back ap\nthe configuration before stays in use\n");
}

// The policy allows 'self' alone, so whatever is inline or elsewhere would not work.
TEST(AdminAnswers, ThePageKeepsItsOwnPolicy) {
  const std::string page = answered({.path = "/admin"}).body;
  const std::string script = answered({.path = "/admin/page.js"}).body;
  for (const char* bad :
       {"<style", " style=", "onclick", "onload", "javascript:", "http://", "https://", "<script>"})
    EXPECT_EQ(page.find(bad), std::string::npos) << bad;
  for (const char* bad :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("})
    EXPECT_EQ(script.find(bad), std::string::npos) << bad;
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
