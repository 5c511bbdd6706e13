#include "gateway/configuration/check_configuration.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "gateway/configuration/read_configuration.h"
#include "tls/fake_certificate_source.h"

namespace astray::gateway {
namespace {

/// Certificates a.pem … whose names are those of the letter, and authorities ca.pem.
std::string checked(std::string_view yaml) {
  FakeCertificateSource source;
  source.declare("a.pem", {"a.example", "*.a.example"});
  source.declare("b.pem", {"b.example"});
  source.declare("ip.pem", {"192.0.2.1"});
  source.declare("nothing.pem", std::vector<std::string>{});
  DeclaredCertificate rsa;
  rsa.names = {"a.example"};
  rsa.key_type = KeyType::rsa;
  source.declare("a-rsa.pem", rsa);
  source.declare_problem("encrypted.pem", CertificateProblem::encrypted);
  source.declare_authorities("ca.pem", {"CN=Test"});
  const auto read = read_configuration(yaml, "");
  std::string text;
  for (const ConfigurationProblem& problem : read.problems)
    text += "not read: " + describe(problem, "g") + "\n";
  for (const ConfigurationProblem& problem : check_configuration(read.configuration, source))
    text += describe(problem, "g") + "\n";
  return text;
}

/// Of each part, on lines 1 to 3.
struct Parts {
  std::string listeners = "https: {address: \"0.0.0.0:443\"}";
  std::string virtual_hosts =
      "a: {names: [a.example], certificates: [{certificate: a.pem, key: k}], routes: [{backs: [app]}]}";
  std::string backs = "app: {addresses: [\"127.0.0.1:80\"]}";
  std::string operation = "";

  std::string yaml() const {
    return "listeners: {" + listeners + "}\nvirtual_hosts: {" + virtual_hosts + "}\nbacks: {" + backs +
           "}\noperation: {" + operation + "}\n";
  }
};

std::string with_listeners(const std::string& text) {
  Parts parts;
  parts.listeners = text;
  return checked(parts.yaml());
}
std::string with_virtual_hosts(const std::string& text) {
  Parts parts;
  parts.virtual_hosts = text;
  return checked(parts.yaml());
}
/// A virtual host for a.example with these settings too.
std::string with_settings(const std::string& text) {
  return with_virtual_hosts(
      "a: {names: [a.example], certificates: [{certificate: a.pem, key: k}], routes: [{backs: "
      "[app]}],\n " +
      text + "}");
}
std::string with_route(const std::string& text) {
  return with_virtual_hosts(
      "a: {names: [a.example], certificates: [{certificate: a.pem, key: k}], routes: [\n " + text + "]}");
}
std::string with_back(const std::string& text) {
  Parts parts;
  parts.backs = "app: {addresses: [\"127.0.0.1:80\"], " + text + "}";
  return checked(parts.yaml());
}

TEST(CheckConfiguration, GoodOnesAreSilent) {
  EXPECT_EQ(checked(Parts{}.yaml()), "");
  EXPECT_EQ(with_listeners(
                "https: {address: \"0.0.0.0:443\", unknown_sni: default, missing_sni: default, default: a}, "
                "https6: {address: \"[::]:443\"}, http: {address: \"0.0.0.0:80\", tls: false}"),
            "");
  EXPECT_EQ(
      with_virtual_hosts("a: {names: [a.example], certificates: [{certificate: a.pem, key: k}, {certificate: "
                         "a-rsa.pem, key: k}], routes: [{backs: [app]}]}"),
      "");
  EXPECT_EQ(with_virtual_hosts(
                "a: {names: [a.example, \"*.a.example\"], certificates: [{certificate: a.pem, key: k}], "
                "routes: [{backs: [app]}]}, b: {names: [b.example, x.a.example], listeners: [], "
                "certificates: [{certificate: b.pem, key: k}], certificate_need_not_cover_names: true, "
                "routes: [{backs: [app]}]}"),
            "g:2:129: warning: virtual host b: certificate_need_not_cover_names is for laboratories; clients "
            "that follow "
            "a 421 may find a certificate that they refuse\n");
  EXPECT_EQ(with_settings("client_authentication: {mode: required, authorities: ca.pem}"), "");
  EXPECT_EQ(with_route("{backs: [app], sni: preserve}"), "")
      << "toward a back without TLS it means nothing, and lies not";
}

TEST(CheckConfiguration, OneNameOnTwoListenersMayHaveTwoOwners) {
  Parts parts;
  parts.listeners = "one: {address: \"0.0.0.0:443\"}, two: {address: \"0.0.0.0:444\"}";
  parts.virtual_hosts =
      "a: {names: [a.example], listeners: [one], certificates: [{certificate: a.pem, key: k}], routes: "
      "[{backs: "
      "[app]}]}, b: {names: [a.example], listeners: [two], certificates: [{certificate: a.pem, key: k}], "
      "routes: "
      "[{backs: [app]}]}";
  EXPECT_EQ(checked(parts.yaml()), "");
}

TEST(CheckConfiguration, Listeners) {
  struct {
    std::string listeners;
    std::string expected;
  } const cases[] = {
      {"x: {address: \"0.0.0.0:443\"}, y: {address: \"127.0.0.1:443\"}",
       "g:1:55: 127.0.0.1:443 is in use by listener x already, line 1; give listener y a port of its own\n"},
      {"x: {address: \"0.0.0.0:9421\"}",
       "g: 127.0.0.1:9421 is in use by listener x already, line 1; give operation.admin a port of its own\n"},
      {"x: {address: \"0.0.0.0:443\", missing_sni: default}",
       "g:1:13: listener x turns to its default virtual host and has none; add default: LABEL, or say "
       "reject\n"},
      {"x: {address: \"0.0.0.0:443\", default: aa}",
       "g:1:50: there is no virtual host aa; expected a. Did you mean a?\n"},
      {"x: {address: \"0.0.0.0:443\"}, y: {address: \"0.0.0.0:80\", tls: false, default: a}",
       "g:1:90: virtual host a is the default of listener y and does not belong to it; add the listener to "
       "its "
       "listeners\n"},
      {"x: {address: \"0.0.0.0:443\", scheme_from: forwarded}",
       "g:1:54: warning: scheme_from means nothing without trusted_gateways; nobody else is believed\n"},
      {"x: {address: \"0.0.0.0:443\", trusted_gateways: [10.0.0.1]}",
       "g:1:60: trusted_gateways without scheme_from: the scheme that their clients used would be unknown; "
       "say "
       "proxy_protocol or forwarded\n"},
      {"x: {address: \"0.0.0.0:443\", trusted_gateways: [10.0.0.1], scheme_from: proxy_protocol}",
       "g:1:84: scheme_from: proxy_protocol, and nobody speaks it here; add proxy_protocol: {from: […]}\n"},
      {"x: {address: \"0.0.0.0:443\", trusted_gateways: [\"::/0\"], scheme_from: forwarded}",
       "g:1:60: every peer would be a trusted gateway, and no request be judged by its connection; name the "
       "gateways' "
       "own addresses\n"},
      {"x: {address: \"0.0.0.0:443\"}, y: {address: \"0.0.0.0:80\", tls: false, cleartext: serve}",
       "g:1:42: warning: no virtual host belongs to listener y: whatever it is asked, nobody owns it\n"},
  };
  for (const auto& [listeners, expected] : cases) EXPECT_EQ(with_listeners(listeners), expected) << listeners;
}

TEST(CheckConfiguration, Names) {
  const std::string routes = "routes: [{backs: [app]}]}";
  const std::string a = "certificates: [{certificate: a.pem, key: k}], " + routes;
  struct {
    std::string virtual_hosts;
    std::string expected;
  } const cases[] = {
      {"a: {names: [a.example], " + a + ",\n b: {names: [x.a.example, A.example.], " + a,
       "g:3:27: virtual host b claims a.example on listener https, and a does so in line 2; leave the name "
       "to one of "
       "them\n"},
      {"a: {names: [a.example, a.example], " + a,
       "g:2:40: virtual host a claims a.example on listener https, and a does so in line 2; leave the name "
       "to one of "
       "them\n"},
      {"a: {names: [a.example], listeners: [http], " + a,
       "g:1:13: warning: no virtual host belongs to listener https: whatever it is asked, nobody owns it\n"
       "g:2:53: there is no listener http; expected https. Did you mean https?\n"},
      {"ip: {names: [192.0.2.1], certificates: [{certificate: ip.pem, key: k}], " + routes,
       "g:2:30: 192.0.2.1 cannot be reached on listener https: for an address clients send no SNI; give the "
       "listener "
       "missing_sni: default and default: ip\n"},
  };
  for (const auto& [virtual_hosts, expected] : cases)
    EXPECT_EQ(with_virtual_hosts(virtual_hosts), expected) << virtual_hosts;
}

TEST(CheckConfiguration, Certificates) {
  const auto virtual_host = [](const std::string& names, const std::string& certificates) {
    return with_virtual_hosts("v: {names: [" + names + "], routes: [{backs: [app]}],\n certificates: [" +
                              certificates + "]}");
  };
  EXPECT_EQ(virtual_host("a.example", ""),
            "g:2:17: virtual host v belongs to listener https, which has TLS, and has no certificates; add "
            "certificates: [{certificate: …, key: …}]\n");
  EXPECT_EQ(
      virtual_host("a.example, b.example", "{certificate: a.pem, key: k}"),
      "g:2:40: virtual host v claims b.example, and its certificate in line 3 does not cover it: it has "
      "a.example, *.a.example. Get one that does, or leave the name to another virtual host\n");
  EXPECT_EQ(
      virtual_host("\"*.b.example\"", "{certificate: b.pem, key: k}"),
      "g:2:29: virtual host v claims *.b.example, and its certificate in line 3 does not cover it: it has "
      "b.example. Get one that does, or leave the name to another virtual host\n");
  EXPECT_EQ(virtual_host("a.example", "{certificate: nothing.pem, key: k}"),
            "g:2:29: virtual host v claims a.example, and its certificate in line 3 does not cover it: it "
            "has no name. "
            "Get one that does, or leave the name to another virtual host\n");
  // A client gets the one that fits its signature algorithms: each must do.
  EXPECT_EQ(
      virtual_host("x.a.example", "{certificate: a.pem, key: k},\n {certificate: a-rsa.pem, key: k}"),
      "g:2:29: virtual host v claims x.a.example, and its certificate in line 4 does not cover it: it has "
      "a.example. Get one that does, or leave the name to another virtual host\n");
  EXPECT_EQ(virtual_host("a.example", "{certificate: a.pem, key: k}, {certificate: a.pem, key: k}"),
            "g:3:61: a second certificate with an ecdsa key, after line 3; only one of a kind can be "
            "presented, so give "
            "the other a virtual host of its own\n");
  EXPECT_EQ(virtual_host("a.example", "{certificate: encrypted.pem, key: k}").substr(0, 16),
            "g:3:31: encrypte");
  EXPECT_EQ(virtual_host("a.example", "{certificate: none.pem, key: k}").substr(0, 8), "g:3:31: ");
}

TEST(CheckConfiguration, PoliciesOfVirtualHosts) {
  EXPECT_EQ(with_settings("client_authentication: {mode: optional}"),
            "g:2:17: virtual host a asks clients for certificates and names no authorities; add "
            "client_authentication.authorities\n");
  EXPECT_EQ(with_settings("client_authentication: {mode: optional, authorities: none.pem}").substr(0, 8),
            "g:3:55: ");
  EXPECT_EQ(with_settings("client_authentication: {authorities: ca.pem}"),
            "g:3:39: warning: virtual host a names authorities and asks no client for a certificate; say "
            "mode: required "
            "or mode: optional\n");
  EXPECT_EQ(with_settings("tls: {minimum: TLSv1.3, maximum: TLSv1.2}"),
            "g:3:17: virtual host a: the minimum TLS version is above the maximum\n");
}

TEST(CheckConfiguration, Routes) {
  struct {
    std::string route;
    std::string expected;
  } const cases[] = {
      {"{backs: [app, ap]}", "g:3:16: there is no back ap; expected app. Did you mean app?\n"},
      {"{backs: [{back: app, weight: 0}]}",
       "g:3:2: the weights of all backs are 0: no request could go anywhere; give one a weight\n"},
      {"{backs: [app], match: {regex: \"^/(a\"}}",
       "g:3:32: this is no regular expression that PCRE2 takes: missing closing parenthesis at offset 4\n"},
      {"{backs: [app], match: {headers: [{name: X, regex: \"[\"}]}}",
       "g:3:52: this is no regular expression that PCRE2 takes: missing terminating ] for character class at "
       "offset "
       "1\n"},
      {"{backs: [app], rewrite: {prefix: /x}}",
       "g:3:35: rewrite.prefix stands in for the prefix that matched, and the route matches none; add match: "
       "{prefix: "
       "…}, or use rewrite.path\n"},
      {"{backs: [app], sni: {rewrite: b.example}}",
       "g:3:32: sni is rewritten toward back app, which has no TLS (line 4); leave sni out, or give the back "
       "protocol: "
       "h2 or https\n"},
  };
  for (const auto& [route, expected] : cases) EXPECT_EQ(with_route(route), expected) << route;
  struct {
    std::string route;
    std::string_view part;  ///< of the one message; empty: there is none
  } const more[] = {
      {"{backs: [app], match: {prefix: /a/../b}}",
       "g:3:2: match.prefix is no path that a request may have: it has a segment . or ..; "},
      {"{backs: [app], match: {exact: \"/%\"}}",
       "match.exact is no path that a request may have: it has a % without two"},
      {"{backs: [app], match: {exact: /é}}", "match.exact is no path that a request may have: it has a byte"},
      {"{backs: [app], match: {exact: /%C3%A9}}", ""},
      {"{backs: [app], match: {prefix: /a/}}", ""},
      {"{backs: [app], match: {exact: /%c3%a9}}",
       "g:3:2: warning: match.exact is /%c3%a9, and requests for /%C3%A9, which backs may take for the same, "
       "get 400; write it so if that is meant"},
      {"{backs: [app], match: {prefix: /a//b}}", "warning: match.prefix is /a//b, and requests for /a/b, "},
      {"{backs: [app], rewrite: {path: /a/./b}}", "rewrite.path is no path"},
      {"{backs: [app], match: {prefix: /a}, rewrite: {prefix: /%2e%2e}}",
       "g:3:56: rewrite.prefix is no path"},
      {"{match: {exact: /x}, redirect: {path: /%00}}, {backs: [app]}", "redirect.path is no path"},
      {"{backs: [app], match: {headers: [{name: Host, value: a.example}]}}",
       "g:3:2: Host is not a route's to match or to edit"},
      {"{backs: [app], request_headers: {set: {Content-Length: \"1\"}}}", "Content-Length is not a route's"},
      {"{backs: [app], request_headers: {add: {transfer-encoding: chunked}}}", "transfer-encoding is not"},
      {"{backs: [app], response_headers: {remove: [Connection]}}", "Connection is not a route's"},
      {"{backs: [app], response_headers: {remove: [Server], set: {Via: 1.1 x}}}", ""},
      {"{backs: [app]}, {backs: [app]}",
       "warning: no request gets to this route: the one of line 3 takes all; put it last"},
      {"{backs: [app], match: {methods: [GET]}}, {backs: [app]}", ""},
  };
  for (const auto& [route, part] : more) {
    const std::string problems = with_route(route);
    EXPECT_EQ(std::ranges::count(problems, '\n'), part.empty() ? 0 : 1) << route << "\n" << problems;
    EXPECT_NE(problems.find(part), std::string::npos) << route << "\n" << problems;
  }
  Parts parts;
  parts.virtual_hosts =
      "a: {names: [a.example], certificates: [{certificate: a.pem, key: k}], routes: [{redirect: {}}]}";
  EXPECT_EQ(checked(parts.yaml()), "g:3:9: warning: no route goes to back app\n");
  parts.virtual_hosts =
      "a: {names: [a.example], certificates: [{certificate: a.pem, key: k}], routes: [{backs: [x]}]}";
  parts.backs = "";
  EXPECT_EQ(checked(parts.yaml()), "g:2:105: there is no back x: none is described\n");
}

TEST(CheckConfiguration, Backs) {
  EXPECT_EQ(with_back("balancing: {method: consistent-hash, key: header}"),
            "g:3:9: back app hashes a header field and does not say which; add balancing.header\n");
  EXPECT_EQ(with_back("client_certificate: {certificate: a.pem, key: k}"),
            "g:3:78: back app has a client certificate and no TLS to show it in; give it protocol: h2 or "
            "https, or take "
            "the certificate out\n");
  EXPECT_EQ(with_back("protocol: https, client_certificate: {certificate: none.pem, key: k}").substr(0, 8),
            "g:3:95: ");
  EXPECT_EQ(with_back("protocol: h2, verify: off"),
            "g:3:9: warning: back app is not verified (verify: off): whoever holds its address may answer "
            "for it\n");
  EXPECT_EQ(with_back("protocol: h2, verify: {authorities: none.pem}").substr(0, 8), "g:3:80: ");
}

TEST(CheckConfiguration, AccessLog) {
  const auto with_format = [](const std::string& format) {
    Parts parts;
    parts.operation = "access_log: {path: /l,\n format: " + format + "}";
    return checked(parts.yaml());
  };
  EXPECT_EQ(with_format("json"), "");
  EXPECT_EQ(with_format("'{time} {http.status}'"), "");
  EXPECT_EQ(with_format("'{time} {htp.status}'"),
            "g:5:10: there is no log field htp.status (at byte 9). Did you mean http.status?\n");
}

TEST(CheckConfiguration, LongListsAreCutShort) {
  Parts parts;
  parts.backs = "app: {addresses: [\"127.0.0.1:80\"]}";
  for (int i = 0; i < 20; ++i)
    parts.backs += ", " + std::string(1, static_cast<char>('b' + i)) + "x: {addresses: [\"127.0.0.1:80\"]}";
  parts.virtual_hosts =
      "a: {names: [a.example], certificates: [{certificate: a.pem, key: k}], routes: [{backs: [nowhere]}]}";
  const std::string text = checked(parts.yaml());
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "g:2:105: there is no back nowhere; expected app, bx, cx, dx, ex, fx, gx, hx, ix, jx, …");
}

}  // namespace
}  // namespace astray::gateway
