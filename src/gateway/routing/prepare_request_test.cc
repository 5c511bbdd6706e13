#include "gateway/routing/prepare_request.h"

#include <gtest/gtest.h>

#include "gateway/routing/request_hash.h"
#include "gateway/routing/rewrite.h"

namespace astray::gateway {
namespace {

const Endpoint v4_client = Endpoint::parse("192.0.2.1:4711").value();
const Endpoint v6_client = Endpoint::parse("[2001:db8::1]:4711").value();

Origin asked_for(std::string_view text = "https://a.example") {
  return Origin::parse(text).value();
}
/// A route with these settings, and one back.
Route route_of(RouteSettings settings) {
  Named<BackSettings> backs;
  backs.emplace_back().name.value.text = "a";
  settings.backs.push_back({{{"a"}}});
  const RouteSettings all[] = {std::move(settings)};
  return RouteTable::compile(all, backs).value().routes().at(0);
}
std::string lines(const Fields& fields) {
  std::string text;
  for (const http2::Field field : fields) text.append(field.name).append(": ").append(field.value).append("\n");
  return text;
}
std::string told(Fields fields, const Endpoint& client, PeerTrust trust,
                 std::string_view origin = "https://a.example") {
  tell_about_client(fields, ClientFacts(client, trust), asked_for(origin));
  return lines(fields);
}

TEST(TellAboutClient, WhatTheGatewayKnows) {
  EXPECT_EQ(told({{"accept", "*/*"}}, v4_client, PeerTrust::stranger),
            "accept: */*\n"
            "x-forwarded-for: 192.0.2.1\n"
            "x-forwarded-proto: https\n"
            "x-forwarded-host: a.example\n"
            "x-forwarded-port: 443\n"
            "forwarded: for=\"192.0.2.1:4711\";host=a.example;proto=https\n");
  EXPECT_EQ(told({}, v6_client, PeerTrust::stranger, "http://[2001:db8::2]:8080"),
            "x-forwarded-for: 2001:db8::1\n"
            "x-forwarded-proto: http\n"
            "x-forwarded-host: [2001:db8::2]:8080\n"
            "x-forwarded-port: 8080\n"
            "forwarded: for=\"[2001:db8::1]:4711\";host=\"[2001:db8::2]:8080\";proto=http\n");
}

TEST(TellAboutClient, AStrangersClaimsAreReplaced) {
  const std::string alone = told({}, v4_client, PeerTrust::stranger);
  for (const std::string_view name :
       {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix",
        "x-forwarded-client-cert", "forwarded", "x_forwarded_for", "x-real-ip", "client-cert",
        "x-original-url", "x-rewrite-url", "x-forwarded_proto"}) {
    const http2::Field claim{name, "127.0.0.1"};
    EXPECT_EQ(told({claim, claim}, v4_client, PeerTrust::stranger), alone) << name;
  }
}

TEST(TellAboutClient, ATrustedGatewaysWordsAreKept) {
  EXPECT_EQ(told({{"x-forwarded-for", "198.51.100.1"},
                  {"forwarded", "for=198.51.100.1;proto=https"},
                  {"x-forwarded-for", "198.51.100.2, 198.51.100.3"},
                  {"x-forwarded-proto", "http"},
                  {"x-forwarded-port", "80"},
                  {"x-real-ip", "198.51.100.1"},
                  {"forwarded", "for=\"[2001:db8::9]\""}},
                 v4_client, PeerTrust::trusted_gateway),
            "x-forwarded-proto: http\n"
            "x-forwarded-port: 80\n"
            "x-real-ip: 198.51.100.1\n"
            "x-forwarded-for: 198.51.100.1, 198.51.100.2, 198.51.100.3, 192.0.2.1\n"
            "x-forwarded-host: a.example\n"
            "forwarded: for=198.51.100.1;proto=https, for=\"[2001:db8::9]\", "
            "for=\"192.0.2.1:4711\";host=a.example;proto=https\n");
}

TEST(TellAboutClient, NothingHidesWhatIsAdded) {
  const std::string alone = told({}, v4_client, PeerTrust::trusted_gateway);
  for (const std::string_view value : {"for=\"", "for=\"a\\", "for=\"a\\\"", "\""})
    EXPECT_EQ(told({{"forwarded", std::string(value)}}, v4_client, PeerTrust::trusted_gateway), alone)
        << value;
  EXPECT_EQ(told({{"x_forwarded_for", "127.0.0.1"}}, v4_client, PeerTrust::trusted_gateway), alone);
  EXPECT_EQ(told({{"x-forwarded-for", ""}}, v4_client, PeerTrust::trusted_gateway), alone);
}

TEST(AddVia, IsOneLineMore) {
  Fields fields{{"via", "1.0 fred"}};
  add_via(fields, ReceivedOver::http2);
  add_via(fields, ReceivedOver::http1_1);
  add_via(fields, ReceivedOver::http1_0);
  EXPECT_EQ(lines(fields), "via: 1.0 fred\nvia: 2 astray\nvia: 1.1 astray\nvia: 1.0 astray\n");
}

TEST(FieldEdits, RemoveThenSetThenAdd) {
  HeaderEditSettings settings;
  settings.remove = {{"X-Gone"}, {"X-Set"}};
  settings.set.push_back({{"X-Set"}, {"1"}});
  settings.set.push_back({{"X-New"}, {"2"}});
  settings.set.push_back({{"X-Twice"}, {"3"}});
  settings.add.push_back({{"X-Twice"}, {"4"}});
  settings.add.push_back({{"X-Gone"}, {"5"}});
  Fields fields{{"x-gone", "a"}, {"x-twice", "b"}, {"x-set", "c"},
                {"other", "d"},  {"x-twice", "e"}, {"x-gone", ""}};
  FieldEdits::of(settings).apply_to(fields);
  EXPECT_EQ(lines(fields), "x-twice: 3\nother: d\nx-set: 1\nx-new: 2\nx-twice: 4\nx-gone: 5\n");
}

TEST(FieldEdits, WhatIsNotForRoutes) {
  for (const std::string_view name :
       {"Content-Length", "Transfer-Encoding", "Connection", "Host", "TE", "Upgrade", "Keep-Alive", "Expect",
        "content_length", "Proxy-Connection"})
    EXPECT_FALSE(is_open_to_routes(name)) << name;
  for (const std::string_view name :
       {"Via", "X-Forwarded-For", "Forwarded", "Cookie", "Server", "Authorization"})
    EXPECT_TRUE(is_open_to_routes(name)) << name;
}

TEST(RewriteTarget, PrefixesAndPaths) {
  struct {
    std::string matched, prefix, target, expected;
  } const cases[] = {
      // The table of the Gateway API's ReplacePrefixMatch.
      {"/foo", "/xyz", "/foo/bar", "/xyz/bar"},
      {"/foo", "/xyz/", "/foo/bar", "/xyz/bar"},
      {"/foo/", "/xyz", "/foo/bar", "/xyz/bar"},
      {"/foo/", "/xyz/", "/foo/bar", "/xyz/bar"},
      {"/foo", "/xyz", "/foo", "/xyz"},
      {"/foo", "/xyz", "/foo/", "/xyz/"},
      {"/foo", "/", "/foo/", "/"},
      {"/foo", "/", "/foo", "/"},
      {"/foo", "/", "/foo/bar", "/bar"},
      {"/", "/xyz", "/bar?q", "/xyz/bar?q"},
      {"/", "/xyz", "/", "/xyz/"},
      {"/foo", "/xyz", "/foo?a=/foo", "/xyz?a=/foo"},
      {"/foo", "/xyz", "/foo//bar", "/xyz//bar"},
  };
  for (const auto& [matched, prefix, target, expected] : cases) {
    RouteSettings settings;
    settings.match.prefix = UrlPathText{matched};
    settings.rewrite.prefix = Placed<UrlPathText>{{prefix}};
    std::string rewritten = target;
    rewrite_target(rewritten, route_of(settings));
    EXPECT_EQ(rewritten, expected) << matched << " " << prefix << " " << target;
  }
  RouteSettings settings;
  settings.rewrite.path = UrlPathText{"/new"};
  for (const auto& [target, expected] :
       {std::pair("/old/x?q?", "/new?q?"), {"/", "/new"}, {"*", "*"}, {"", ""}, {"/?", "/new?"}}) {
    std::string rewritten = target;
    rewrite_target(rewritten, route_of(settings));
    EXPECT_EQ(rewritten, expected) << target;
  }
}

TEST(PrepareRequest, EditsHaveTheLastWord) {
  RouteSettings settings;
  settings.match.prefix = UrlPathText{"/api"};
  settings.rewrite.prefix = Placed<UrlPathText>{{"/v2"}};
  settings.host.settings = HostRewriteSettings{Authority::parse("Inside.example:8080").value()};
  settings.request_headers.remove = {{"X-Forwarded-For"}, {"X-Forwarded-Port"}, {"Forwarded"}};
  settings.request_headers.set.push_back({{"X-Forwarded-Proto"}, {"wss"}});
  settings.request_headers.add.push_back({{"Via"}, {"1.1 gateway.example"}});
  RequestHead head;
  head.method = "GET";
  head.authority = "a.example";
  head.target = "/api/x?y";
  head.fields = {{"x-forwarded-proto", "evil"}, {"accept", "*/*"}};
  prepare_request(head, route_of(settings), ClientFacts(v4_client, PeerTrust::stranger), asked_for(),
                  ReceivedOver::http2);
  EXPECT_EQ(head.target, "/v2/x?y");
  EXPECT_EQ(head.authority, "inside.example:8080");
  EXPECT_EQ(lines(head.fields),
            "accept: */*\nx-forwarded-proto: wss\nx-forwarded-host: a.example\nvia: 2 astray\n"
            "via: 1.1 gateway.example\n");
}

TEST(PrepareRequest, HostIsPreserved) {
  RequestHead head;
  head.authority = "a.example:443";
  head.target = "/";
  prepare_request(head, route_of({}), ClientFacts(v4_client, PeerTrust::stranger), asked_for(),
                  ReceivedOver::http1_1);
  EXPECT_EQ(head.authority, "a.example:443");
  EXPECT_EQ(head.target, "/");
}

TEST(BackServerName, IsTheRoutesOrWhatWasAskedFor) {
  const Host name = Host::parse("a.example").value();
  const Host address = Host::parse("192.0.2.1").value();
  EXPECT_EQ(back_server_name(route_of({}), name)->text(), "a.example");
  EXPECT_EQ(back_server_name(route_of({}), address), std::nullopt);
  RouteSettings settings;
  settings.sni.settings = SniRewriteSettings{Placed<ServerName>{ServerName::parse("b.example").value()}};
  EXPECT_EQ(back_server_name(route_of(settings), name)->text(), "b.example");
  EXPECT_EQ(back_server_name(route_of(settings), address)->text(), "b.example");
  // Another Host does not change the name that the client asked for.
  settings = {};
  settings.host.settings = HostRewriteSettings{Authority::parse("inside.example").value()};
  EXPECT_EQ(back_server_name(route_of(settings), name)->text(), "a.example");
}

TEST(EditResponse, NoAltSvcLeadsOnFromA421) {
  RouteSettings settings;
  settings.response_headers.remove = {{"Server"}};
  ResponseHead head;
  head.status = 421;
  head.fields = {{"alt-svc", "h3=\":443\""}, {"server", "x"}, {"a", "b"}, {"alt-svc", "clear"}};
  ResponseHead other = head;
  other.status = 200;
  edit_response(head, route_of(settings), ReceivedOver::http1_1);
  EXPECT_EQ(lines(head.fields), "a: b\nvia: 1.1 astray\n");
  edit_response(other, route_of(settings), ReceivedOver::http1_1);
  EXPECT_EQ(lines(other.fields), "alt-svc: h3=\":443\"\na: b\nalt-svc: clear\nvia: 1.1 astray\n");
}

TEST(HashOf, LooksAtWhatItIsTold) {
  const auto hash = [](HashedPart key, const RequestHead& head, std::string_view client = "192.0.2.1") {
    BalancingSettings settings;
    settings.key = key;
    settings.header = FieldName{"X-Customer"};
    return hash_of(head, settings, IpAddress::parse(client).value());
  };
  RequestHead head;
  head.authority = "a.example";
  head.target = "/x?y";
  head.fields = {{"x-customer", "1"}};
  RequestHead other = head;
  other.authority = "A.EXAMPLE";
  other.target = "/x?z";
  EXPECT_EQ(hash(HashedPart::authority, head), hash(HashedPart::authority, other));
  EXPECT_EQ(hash(HashedPart::path, head), hash(HashedPart::path, other));
  EXPECT_EQ(hash(HashedPart::header, head), hash(HashedPart::header, other));
  EXPECT_EQ(hash(HashedPart::header, head), hash(HashedPart::header, head, "192.0.2.2"));
  EXPECT_NE(hash(HashedPart::client_address, head), hash(HashedPart::client_address, head, "192.0.2.2"));
  other.authority = "b.example";
  other.target = "/z?y";
  other.fields.push_back({"x-customer", "2"});
  EXPECT_NE(hash(HashedPart::authority, head), hash(HashedPart::authority, other));
  EXPECT_NE(hash(HashedPart::path, head), hash(HashedPart::path, other));
  EXPECT_NE(hash(HashedPart::header, head), hash(HashedPart::header, other));
  // Without the field it is the client.
  head.fields.clear();
  EXPECT_EQ(hash(HashedPart::header, head), hash(HashedPart::client_address, head));
}

}  // namespace
}  // namespace astray::gateway
