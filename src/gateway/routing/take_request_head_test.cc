#include "gateway/routing/take_request_head.h"

#include <gtest/gtest.h>

#include "http2/message_rules.h"

namespace astray::gateway {
namespace {

/// What the engine makes of the bytes, and what is taken of that.
Result<RequestHead, RequestProblem> taken(std::string_view bytes) {
  Http1Server engine;
  engine.receive(bytes);
  auto event = engine.next_event();
  const auto* head = event ? std::get_if<http1::RequestHead>(&*event) : nullptr;
  EXPECT_NE(head, nullptr) << bytes;
  if (head == nullptr) return RequestHead();
  return take_request_head(*head, Scheme::https, "a.example");
}
std::string with_lines(std::string_view lines) {
  return "GET / HTTP/1.1\r\nHost: a.example\r\n" + std::string(lines) + "\r\n";
}
Result<RequestHead, RequestProblem> taken(http2::Fields regular, Body body = Body::none) {
  http2::Fields fields{{":method", "GET"}, {":scheme", "https"}, {":authority", "a.example"}, {":path", "/"}};
  fields.append(regular);
  return take_request_head(std::move(fields), Scheme::https, "a.example", body);
}
Result<RequestHead, RequestProblem> taken_path(std::string_view path) {
  return take_request_head(
      http2::Fields{{":method", "GET"}, {":scheme", "https"}, {":path", path}}, Scheme::https,
      "a.example", Body::none);
}

std::string text_of(const Fields& fields) {
  std::string text;
  for (const http2::Field field : fields) text.append(field.name).append(": ").append(field.value).append("\n");
  return text;
}

TEST(TakeRequestHead, OrdinaryHttp1) {
  const auto head = taken(
      "POST /a?b HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\nX-Mixed-Case: A b\r\nContent-Length: 5\r\n"
      "Expect: 100-continue\r\nCookie: a=b\r\naccept: text/html\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, "POST");
  EXPECT_EQ(head->scheme, Scheme::https);
  EXPECT_EQ(head->authority, "a.example");
  EXPECT_EQ(head->target, "/a?b");
  EXPECT_EQ(head->body, Body::follows);
  EXPECT_EQ(head->content_length, 5u);
  EXPECT_TRUE(head->expects_continue);
  EXPECT_EQ(head->upgrade, "");
  EXPECT_EQ(text_of(head->fields), "accept: */*\nx-mixed-case: A b\ncookie: a=b\naccept: text/html\n");
}

TEST(TakeRequestHead, OrdinaryHttp2) {
  const auto head = taken(http2::Fields{{"cookie", "a=b"},
                                        {"content-length", "5"},
                                        {"accept", "*/*"},
                                        {"te", "trailers"},
                                        {"host", "a.example"},
                                        {"cookie", "c=d"},
                                        {"expect", "100-continue"},
                                        {"x-last", "1"},
                                        {"cookie", "e"}},
                          Body::follows);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, "GET");
  EXPECT_EQ(head->target, "/");
  EXPECT_EQ(head->content_length, 5u);
  EXPECT_TRUE(head->expects_continue);
  EXPECT_EQ(text_of(head->fields), "cookie: a=b; c=d; e\naccept: */*\nte: trailers\nx-last: 1\n");
}

TEST(TakeRequestHead, EmptyCrumbsOfCookiesLeaveNothing) {
  const auto head = taken(http2::Fields{{"cookie", ""}, {"cookie", "a=b"}, {"cookie", ""}, {"cookie", "c"}});
  ASSERT_TRUE(head);
  EXPECT_EQ(text_of(head->fields), "cookie: a=b; c\n");
  EXPECT_EQ(text_of(taken(http2::Fields{{"cookie", ""}})->fields), "");
}

TEST(TakeRequestHead, TargetForms) {
  struct {
    std::string_view line, target;
  } const cases[] = {
      {"GET /a/b?c", "/a/b?c"},          {"GET http://a.example/x?y", "/x?y"}, {"GET http://a.example", "/"},
      {"GET http://a.example?y", "/?y"}, {"OPTIONS http://a.example", "*"},    {"OPTIONS *", "*"},
      {"CONNECT a.example:443", ""},
  };
  for (const auto& [line, target] : cases) {
    const auto head = taken(std::string(line) + " HTTP/1.1\r\nHost: a.example\r\n\r\n");
    ASSERT_TRUE(head) << line;
    EXPECT_EQ(head->target, target) << line;
  }
}

TEST(TakeRequestHead, PathsThatAreRefused) {
  struct {
    std::string_view path;
    RequestProblem problem;
  } const cases[] = {
      {"/a/../b", RequestProblem::dot_segment},    {"/a/%2e%2e/b?x", RequestProblem::dot_segment},
      {"/%zz", RequestProblem::bad_path_encoding}, {"/a%00", RequestProblem::encoded_nul},
      {"/a b", RequestProblem::bad_target},        {"/a?b c", RequestProblem::bad_target},
      {"/a?\xc3\xa9", RequestProblem::bad_target}, {"/a#b", RequestProblem::bad_target},
      {"/a?b#c", RequestProblem::bad_target},      {"/ HTTP/1.1", RequestProblem::bad_target},
      {"a", RequestProblem::bad_target},           {"**", RequestProblem::bad_target},
      {"*", RequestProblem::bad_target},           {"", RequestProblem::bad_target},
  };
  for (const auto& [path, problem] : cases) {
    const auto head = taken_path(std::string(path));
    ASSERT_FALSE(head) << path;
    EXPECT_EQ(head.error(), problem) << path;
  }
  // A query may have what a path may not.
  for (const std::string_view path : {"/?a/../b", "/x?%", "/x?%00", "/a//b", "/a%2Fb"}) {
    const auto head = taken_path(std::string(path));
    ASSERT_TRUE(head) << path;
    EXPECT_EQ(head->target, path);
  }
}

TEST(TakeRequestHead, HopByHopFieldsEndHere) {
  const auto head = taken(with_lines(
      "Connection: keep-alive, X-Hop\r\nConnection: te\r\nKeep-Alive: timeout=5\r\nProxy-Connection: "
      "keep-alive\r\nTE: gzip, Trailers\r\nx-hop: 1\r\nX-Hop: 2\r\nX-Stays: 3\r\nProxy: http://evil\r\n"
      "Proxy-Authorization: Basic x\r\nHTTP2-Settings: AAA\r\nUpgrade: websocket\r\nContent_Length: 9\r\n"));
  ASSERT_TRUE(head);
  EXPECT_EQ(text_of(head->fields), "te: trailers\nx-stays: 3\n");
}

TEST(TakeRequestHead, TeIsKeptForTrailersAlone) {
  struct {
    std::string_view lines, expected;
  } const cases[] = {
      {"TE: trailers\r\n", "te: trailers\n"},
      {"TE: gzip, Trailers\r\n", "te: trailers\n"},
      {"TE: gzip\r\n", ""},
      {"TE:\r\n", ""},
      {"TE: trailersx\r\n", ""},
  };
  for (const auto& [lines, expected] : cases) {
    const auto head = taken(with_lines(lines));
    ASSERT_TRUE(head);
    EXPECT_EQ(text_of(head->fields), expected) << lines;
  }
}

TEST(TakeRequestHead, ConnectionCannotTakeAwayWhatIsForEveryone) {
  for (const std::string_view name :
       {"Authorization", "Cookie", "X-Forwarded-For", "Content-Length", "Host"}) {
    const auto head = taken(with_lines("Connection: close, " + std::string(name) + "\r\n"));
    ASSERT_FALSE(head) << name;
    EXPECT_EQ(head.error(), RequestProblem::bad_connection_option) << name;
  }
  std::string many;
  for (int i = 0; i < 17; ++i) many += "Connection: x" + std::to_string(i) + "\r\n";
  const auto head = taken(with_lines(many));
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error(), RequestProblem::many_connection_options);
}

TEST(TakeRequestHead, UpgradeOfHttp1) {
  struct {
    std::string_view lines, upgrade;
  } const cases[] = {
      {"Connection: Upgrade\r\nUpgrade: websocket\r\n", "websocket"},
      {"Connection: keep-alive, upgrade\r\nUpgrade: websocket, foo/2\r\n", "websocket"},
      {"Connection: upgrade\r\nUpgrade: foo/2\r\n", "foo/2"},
      {"Upgrade: websocket\r\n", ""},
      {"Connection: upgrade\r\n", ""},
      // A tunnel of HTTP through this gateway would pass by every judgement.
      {"Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n", ""},
      {"Connection: upgrade\r\nUpgrade: H2C\r\n", ""},
      {"Connection: upgrade\r\nUpgrade: HTTP/2.0\r\n", ""},
      {"Connection: upgrade\r\nUpgrade: TLS/1.0\r\n", ""},
      {"Connection: upgrade\r\nUpgrade: web socket\r\n", ""},
  };
  for (const auto& [lines, upgrade] : cases) {
    const auto head = taken(with_lines(lines));
    ASSERT_TRUE(head) << lines;
    EXPECT_EQ(head->upgrade, upgrade) << lines;
    EXPECT_TRUE(head->fields.empty()) << lines;
  }
  const std::string lines = "Host: a.example\r\nConnection: upgrade\r\nUpgrade: websocket\r\n";
  const auto old = taken("GET / HTTP/1.0\r\n" + lines + "\r\n");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->upgrade, "");
  const auto with_body = taken("POST / HTTP/1.1\r\n" + lines + "Content-Length: 1\r\n\r\nx");
  ASSERT_TRUE(with_body);
  EXPECT_EQ(with_body->upgrade, "");
}

TEST(TakeRequestHead, ExtendedConnectIsAGetThatUpgrades) {
  const auto head = take_request_head(http2::Fields{{":method", "CONNECT"},
                                                    {":protocol", "websocket"},
                                                    {":scheme", "https"},
                                                    {":authority", "a.example"},
                                                    {":path", "/chat"},
                                                    {"sec-websocket-version", "13"}},
                                      Scheme::https, "a.example", Body::follows);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, "GET");
  EXPECT_EQ(head->upgrade, "websocket");
  EXPECT_EQ(head->target, "/chat");
  EXPECT_EQ(head->body, Body::none);
  EXPECT_EQ(text_of(head->fields), "sec-websocket-version: 13\n");
  const auto bad =
      take_request_head(http2::Fields{{":method", "CONNECT"}, {":protocol", "web socket"}, {":path", "/"}},
                        Scheme::https, "a", Body::none);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error(), RequestProblem::bad_protocol);
}

TEST(TakeRequestHead, Bodies) {
  const auto chunked = taken("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n");
  ASSERT_TRUE(chunked);
  EXPECT_EQ(chunked->body, Body::follows);
  EXPECT_EQ(chunked->content_length, std::nullopt);
  EXPECT_TRUE(chunked->fields.empty());
  const auto empty = taken("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->body, Body::none);
  EXPECT_EQ(empty->content_length, std::nullopt);
}

// What HTTP/2 can carry and HTTP/1.1 cannot: written as lines, each would be something else.
TEST(TakeRequestHead, NothingIsSmuggledDownToHttp1) {
  struct {
    http2::Field field;
    RequestProblem problem;
  } const cases[] = {
      {{"x", "a\r\nhost: evil.example"}, RequestProblem::bad_field_value},
      {{"x", "a\nb"}, RequestProblem::bad_field_value},
      {{"x", std::string_view("a\0b", 3)}, RequestProblem::bad_field_value},
      {{"x", "a\x01"}, RequestProblem::bad_field_value},
      {{"x", "a\x7f"}, RequestProblem::bad_field_value},
      {{"x: y", "z"}, RequestProblem::bad_field_name},
      {{"x\r\ny", "z"}, RequestProblem::bad_field_name},
      {{"x y", "z"}, RequestProblem::bad_field_name},
      {{"transfer-encoding ", "chunked"}, RequestProblem::bad_field_name},
      {{"X", "z"}, RequestProblem::bad_field_name},
      {{"", "z"}, RequestProblem::bad_field_name},
      {{":other", "z"}, RequestProblem::bad_field_name},
      {{"\xc3\xa9", "z"}, RequestProblem::bad_field_name},
  };
  for (const auto& [field, problem] : cases) {
    const auto head = taken(http2::Fields{field});
    ASSERT_FALSE(head) << field.name;
    EXPECT_EQ(head.error(), problem) << field.name << ": " << field.value;
  }
  for (const std::string_view method : {"GET / HTTP/1.1", "G:T", "GET ", "", "\xc3"}) {
    const auto head = take_request_head(http2::Fields{{":method", std::string(method)}, {":path", "/"}},
                                        Scheme::https, "a.example", Body::none);
    ASSERT_FALSE(head) << method;
    EXPECT_EQ(head.error(), RequestProblem::bad_method) << method;
  }
  // Fields of the connection do not get through where an engine forgot about them.
  const auto head =
      taken(http2::Fields{{"transfer-encoding", "chunked"}, {"connection", "close"}, {"a", "b"}});
  ASSERT_TRUE(head);
  EXPECT_EQ(text_of(head->fields), "a: b\n");
}

TEST(TakeTrailers, WithoutWhatMustComeBefore) {
  const auto trailers = take_trailers(http2::Fields{{"x-checksum", "1"},
                                                    {"content-length", "5"},
                                                    {"host", "b"},
                                                    {"authorization", "x"},
                                                    {"x-forwarded-for", "1"},
                                                    {"transfer-encoding", "chunked"},
                                                    {"set-cookie", "a"},
                                                    {"grpc-status", "0"}});
  ASSERT_TRUE(trailers);
  EXPECT_EQ(text_of(*trailers), "x-checksum: 1\ngrpc-status: 0\n");
  EXPECT_EQ(take_trailers(http2::Fields{{"x", "a\nb"}}).error(), RequestProblem::bad_field_value);
  EXPECT_EQ(take_trailers(http2::Fields{{":x", "a"}}).error(), RequestProblem::bad_field_name);
  const http1::Field lines[] = {{"X-Checksum", "1"}, {"Content-Length", "5"}, {"Connection", "x"}};
  EXPECT_EQ(text_of(take_trailers(http1::Fields(lines)).value()), "x-checksum: 1\n");
  const http1::Field bad[] = {{"X y", "1"}};
  EXPECT_EQ(take_trailers(http1::Fields(bad)).error(), RequestProblem::bad_field_name);
}

TEST(RequestProblem, HasAWordAndASentence) {
  for (int i = 0; i <= static_cast<int>(RequestProblem::bad_protocol); ++i) {
    EXPECT_FALSE(to_string(static_cast<RequestProblem>(i)).empty());
    EXPECT_GT(describe(static_cast<RequestProblem>(i)).size(), 20u);
  }
}

}  // namespace
}  // namespace astray::gateway
