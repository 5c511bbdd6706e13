#include "web/request.h"

#include <gtest/gtest.h>

#include "http1/server.h"

namespace astray::web {
namespace {

struct QueryCase {
  std::string_view text;
  std::vector<QueryParameter> parameters;
};
const QueryCase query_cases[] = {
    {"", {}},
    {"&&", {}},
    {"a=1&b=2", {{"a", "1"}, {"b", "2"}}},
    {"a", {{"a", ""}}},
    {"=1", {{"", "1"}}},
    {"a=1=2", {{"a", "1=2"}}},
    {"a=1&a=2", {{"a", "1"}, {"a", "2"}}},
    {"name=a.example%3A443+x", {{"name", "a.example:443 x"}}},
    {"a%3d=%26", {{"a=", "&"}}},
    {"a=%2B%41%ff", {{"a", "+A\xff"}}},
    {"a=%&b=%4&c=%zz&d=%4g", {{"a", "%"}, {"b", "%4"}, {"c", "%zz"}, {"d", "%4g"}}},
    {"a=%%41", {{"a", "%A"}}},
};

TEST(WebRequest, Queries) {
  for (const QueryCase& c : query_cases) EXPECT_EQ(parse_query(c.text), c.parameters) << c.text;
}

Request request_from(std::string_view head) {
  Http1Server engine;
  engine.receive(head);
  const auto event = engine.next_event();
  return request_of(std::get<http1::RequestHead>(event.value()));
}

TEST(WebRequest, IsMadeOfAHead) {
  const Request request = request_from(
      "GET /api/cells?name=a&name=b HTTP/1.1\r\nHost: one\r\nhost: two\r\nORIGIN: http://one\r\n"
      "Sec-Fetch-Site: none\r\nAuthorization: Bearer x\r\nLast-Event-ID: 7\r\n\r\n");
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/api/cells");
  EXPECT_EQ(request.parameter("name"), "a");
  EXPECT_EQ(request.parameter("node"), std::nullopt);
  EXPECT_EQ(request.hosts, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(request.origin, "http://one");
  EXPECT_EQ(request.sec_fetch_site, "none");
  EXPECT_EQ(request.authorization, "Bearer x");
  EXPECT_EQ(request.last_event_id, "7");
}

TEST(WebRequest, TwoLinesAreNoValueThatFits) {
  const Request request =
      request_from("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nAuthorization: Bearer x\r\n\r\n");
  EXPECT_EQ(request.authorization, "Bearer x, Bearer x");
}

TEST(WebRequest, TheAuthorityOfATargetCountsInsteadOfHost) {
  const Request request = request_from("GET http://b.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n");
  EXPECT_EQ(request.hosts, std::vector<std::string>{"b.example"});
  EXPECT_EQ(request.path, "/x");
  EXPECT_EQ(request.query, (std::vector<QueryParameter>{{"y", ""}}));
}

}  // namespace
}  // namespace astray::web
