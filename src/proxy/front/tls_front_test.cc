#include "proxy/front/tls_front.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "proxy/front/tls_front_world_test.h"

namespace astray::proxy {
namespace {

constexpr const char* strict = "address: \"127.0.0.1:8443\"";

/// A virtual host in the configuration.
std::string virtual_host(std::string_view label, std::string_view names, std::string_view certificate,
                         std::string_view more = "") {
  return fmt::format(
      "  {}: {{names: [{}], certificates: [{{certificate: {}.pem, key: {}.key}}], routes: [{{backs: "
      "[app]}}]{}}}\n",
      label, names, certificate, certificate, more);
}

std::string with_clients(std::string_view mode, std::string_view authorities, int depth = 4) {
  return fmt::format(", client_authentication: {{mode: {}, authorities: {}, depth: {}}}", mode, authorities,
                     depth);
}

class TlsFrontNames : public testing::Test {
 protected:
  TlsFrontNames() {
    world.issue("a", {"a.example"});
    world.issue("wild", {"*.w.example"});
    world.issue("other", {"other.example"});
  }
  std::string hosts() const {
    return virtual_host("a", "a.example", "a") + virtual_host("wild", "\"*.w.example\"", "wild") +
           virtual_host("other", "other.example", "other");
  }
  std::string shown_for(std::optional<std::string> name) const {
    Handshake seen = world.visit({tls::Version::tls1_3, std::move(name), {}, {}, {}});
    return seen.failure.empty() ? seen.leaf : seen.failure;
  }
  TlsWorld world;
};

TEST_F(TlsFrontNames, AreThoseOfTheTable) {
  ASSERT_EQ(world.load(strict, hosts()), "");
  const struct {
    std::optional<std::string> name;
    const char* shown;
  } cases[] = {
      {"a.example", "a"},
      {"A.EXAMPLE", "a"},
      {"a.Example.", "a"},
      {"x.w.example", "wild"},
      {"X.Y.W.Example.", "wild"},
      {"w.example", "unrecognized_name"},
      {"b.example", "unrecognized_name"},
      {std::nullopt, "unrecognized_name"},
      {"a.example..", "unrecognized_name"},
      {".a.example", "unrecognized_name"},
      {"a..example", "unrecognized_name"},
      {"*.w.example", "unrecognized_name"},
      {"a.example:8443", "unrecognized_name"},
      {"user@a.example", "unrecognized_name"},
      {" a.example", "unrecognized_name"},
      {"127.0.0.1", "unrecognized_name"},
      {"[::1]", "unrecognized_name"},
      {"\xC3\xA4.w.example", "unrecognized_name"},
      {std::string(64, 'x') + ".w.example", "unrecognized_name"},
  };
  for (const auto& each : cases) EXPECT_EQ(shown_for(each.name), each.shown) << each.name.value_or("(none)");
}

TEST_F(TlsFrontNames, AreThoseOfThePortThatClientsUse) {
  ASSERT_EQ(world.load("address: \"127.0.0.1:8443\", public_port: 443", hosts()), "");
  EXPECT_EQ(shown_for("a.example"), "a");
  EXPECT_EQ(shown_for("x.w.example"), "wild");
  EXPECT_EQ(shown_for("b.example"), "unrecognized_name");
}

TEST_F(TlsFrontNames, ThatAreUnknownOrMissingGoWhereTheListenerSays) {
  const struct {
    const char* listener;
    const char* unknown;
    const char* missing;
  } cases[] = {
      {"default: other", "unrecognized_name", "unrecognized_name"},
      {"default: other, unknown_sni: default", "other", "unrecognized_name"},
      {"default: other, missing_sni: default", "unrecognized_name", "other"},
      {"default: other, unknown_sni: default, missing_sni: default", "other", "other"},
  };
  for (const auto& each : cases) {
    ASSERT_EQ(world.load(std::string(strict) + ", " + each.listener, hosts()), "");
    EXPECT_EQ(shown_for("b.example"), each.unknown) << each.listener;
    EXPECT_EQ(shown_for("w.example"), each.unknown) << each.listener;
    EXPECT_EQ(shown_for(std::nullopt), each.missing) << each.listener;
    EXPECT_EQ(shown_for("a.example"), "a");
    EXPECT_EQ(shown_for("a b"), "unrecognized_name") << "malformed, whatever is said of unknown ones";
    EXPECT_EQ(shown_for("127.0.0.1"), "unrecognized_name");
  }
}

TEST_F(TlsFrontNames, BelongToTheirListener) {
  std::string other_listener = virtual_host("a", "a.example", "a", ", listeners: [second]") +
                               virtual_host("other", "other.example", "other");
  // On the same port at another address: the table knows ports alone.
  std::string both = std::string(strict) + "}\n  second: {address: \"127.0.0.2:8443\"";
  ASSERT_EQ(world.load(both, other_listener), "");
  EXPECT_EQ(shown_for("a.example"), "unrecognized_name");
  EXPECT_EQ(shown_for("other.example"), "other");
  // At another port.
  ASSERT_EQ(world.load(std::string(strict) + "}\n  second: {address: \"127.0.0.1:9443\"", other_listener),
            "");
  EXPECT_EQ(shown_for("a.example"), "unrecognized_name");
}

TEST_F(TlsFrontNames, AreToldWithTheHandshake) {
  ASSERT_EQ(world.load(strict, hosts()), "");
  Handshake seen = world.visit({tls::Version::tls1_2, "X.W.example", {}, {}, {"http/1.1", "h2"}});
  ASSERT_TRUE(seen.accepted);
  EXPECT_EQ(seen.alpn, "h2");
  EXPECT_EQ(seen.accepted->version, tls::Version::tls1_2);
  EXPECT_EQ(seen.facts->virtual_host, 1u);
  ASSERT_EQ(seen.facts->certificate_names.size(), 1u);
  EXPECT_EQ(seen.facts->certificate_names[0].text(), "*.w.example");
  EXPECT_EQ(seen.facts->policy.client_authentication, 0u);
  EXPECT_EQ(seen.facts->listener, ListenerDigest{});
  EXPECT_EQ(seen.accepted->client_certificate, tls::ClientAccepted::ClientCertificate::none);
}

TEST_F(TlsFrontNames, EndWhereNoProtocolIsShared) {
  ASSERT_EQ(world.load(strict, virtual_host("a", "a.example", "a", ", protocols: [h2]")), "");
  for (tls::Version version : {tls::Version::tls1_2, tls::Version::tls1_3}) {
    // ALPACA: a client of FTP or SMTP whose connection was moved here.
    for (const char* alpn : {"ftp", "smtp", "http/1.1", "h2c"}) {
      EXPECT_EQ(world.visit({version, "a.example", {}, {}, {alpn}}).failure, "no_application_protocol")
          << alpn;
    }
    EXPECT_EQ(world.visit({version, "a.example", {}, {}, {"ftp", "h2"}}).alpn, "h2");
  }
}

class TlsFrontTickets : public testing::TestWithParam<tls::Version> {
 protected:
  TlsFrontTickets() {
    world.issue("wild", {"*.example"});
    world.issue("a", {"a.example"});
    world.issue("b", {"b.example"});
    one.emplace(world.add_authority("one"));
    two.emplace(world.add_authority("two"));
  }

  /// A full handshake for a.example with the authority's certificate, whose ticket is offered for `name`.
  Handshake second_visit(const char* name, const std::optional<astray::test::TestCertificate>& known_to) {
    Visitor visitor{GetParam(), "a.example", {}, {}, {}};
    if (known_to) visitor.identity = person_of(*known_to);
    Handshake first = world.visit(visitor);
    EXPECT_FALSE(first.resumed());
    EXPECT_TRUE(first.session) << first.failure;
    visitor.server_name = name;
    visitor.session = first.session;
    return world.visit(visitor);
  }

  TlsWorld world;
  std::optional<astray::test::TestCertificate> one, two;
};

TEST_P(TlsFrontTickets, OpenTheVirtualHostThatGaveThem) {
  ASSERT_EQ(world.load(strict, virtual_host("a", "a.example", "a", with_clients("required", "one.pem"))), "");
  Handshake again = second_visit("a.example", one);
  ASSERT_TRUE(again.resumed()) << again.failure;
  EXPECT_EQ(again.accepted->client_certificate, tls::ClientAccepted::ClientCertificate::verified);
  EXPECT_TRUE(second_visit("A.example.", one).resumed());
}

/// CVE-2025-23048 (httpd), CVE-2025-23419 (nginx), CVE-2025-68121 (Go), HAProxy 5d5f12376, 52bdd0d02.
TEST_P(TlsFrontTickets, OpenNoOtherPolicy) {
  const struct {
    const char* what;
    std::string a, b;  ///< what the two say
    bool person = true;
  } cases[] = {
      {"other authorities", with_clients("required", "one.pem"), with_clients("required", "two.pem")},
      {"optional here, required there", with_clients("optional", "one.pem"),
       with_clients("required", "one.pem")},
      {"required here, optional there", with_clients("required", "one.pem"),
       with_clients("optional", "one.pem")},
      {"nobody is asked here", "", with_clients("required", "one.pem")},
      {"nobody is asked there", with_clients("required", "one.pem"), ""},
      {"another depth", with_clients("required", "one.pem", 1), with_clients("required", "one.pem", 2)},
      {"other ciphers", "",
       ", tls: {ciphers: [TLS_AES_128_GCM_SHA256, ECDHE-ECDSA-AES128-GCM-SHA256, "
       "ECDHE-ECDSA-AES256-GCM-SHA384]}"},
      {"another order of ciphers",
       ", tls: {ciphers: [TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, ECDHE-ECDSA-AES128-GCM-SHA256]}",
       ", tls: {ciphers: [TLS_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256, ECDHE-ECDSA-AES128-GCM-SHA256]}"},
      {"a listener of its own", "", ", coalesce: never"},
      {"listeners of their own", ", coalesce: never", ", coalesce: never"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.what);
    ASSERT_EQ(world.load(strict, virtual_host("a", "a.example", "wild", each.a) +
                                     virtual_host("b", "b.example", "wild", each.b)),
              "");
    Handshake crossed = second_visit("b.example", one);
    EXPECT_FALSE(crossed.resumed());
    Handshake fresh = world.visit({GetParam(), "b.example", {}, person_of(*one), {}});
    EXPECT_EQ(crossed.failure, fresh.failure) << "as if no ticket had been there";
    EXPECT_TRUE(second_visit("a.example", one).resumed()) << "the virtual host's own";
  }
}

TEST_P(TlsFrontTickets, OpenASecondVirtualHostOfTheSamePolicyAndCertificate) {
  for (const std::string& clients : {std::string(), with_clients("required", "one.pem")}) {
    ASSERT_EQ(world.load(strict, virtual_host("a", "a.example", "wild", clients) +
                                     virtual_host("b", "b.example", "wild", clients)),
              "");
    Handshake crossed = second_visit("b.example", one);
    ASSERT_TRUE(crossed.resumed());
    EXPECT_EQ(crossed.facts->virtual_host, 1u) << "of the name that was asked for now";
  }
}

/// A client that resumes has seen the first certificate alone.
TEST_P(TlsFrontTickets, OpenNoVirtualHostWhoseCertificateHasOtherNames) {
  ASSERT_EQ(world.load(strict, virtual_host("a", "a.example", "a") + virtual_host("b", "b.example", "b")),
            "");
  EXPECT_FALSE(second_visit("b.example", {}).resumed());
}

TEST_P(TlsFrontTickets, OfTheDefaultOpenNoName) {
  world.issue("default", {"default.example"});
  std::string lax = std::string(strict) + ", default: d, unknown_sni: default, missing_sni: default";
  ASSERT_EQ(world.load(lax, virtual_host("a", "a.example", "a", with_clients("required", "one.pem")) +
                                virtual_host("d", "default.example", "default")),
            "");
  for (std::optional<std::string> name : {std::optional<std::string>("unknown.example"), {}}) {
    Visitor visitor{GetParam(), name, {}, {}, {}};
    visitor.session = world.visit(visitor).session;
    ASSERT_TRUE(visitor.session);
    EXPECT_TRUE(world.visit(visitor).resumed());
    visitor.server_name = "a.example";
    Handshake crossed = world.visit(visitor);
    EXPECT_FALSE(crossed.resumed());
    EXPECT_FALSE(crossed.accepted) << "no client certificate was there";
  }
}

TEST_P(TlsFrontTickets, OutliveAReloadOfTheSameContent) {
  std::string before = virtual_host("a", "a.example", "a", with_clients("required", "one.pem"));
  ASSERT_EQ(world.load(strict, before), "");
  Visitor visitor{GetParam(), "a.example", {}, person_of(*one), {}};
  Handshake first = world.visit(visitor);
  visitor.session = first.session;
  auto old_front = world.front;

  // Renamed files, a renewed certificate, another label and another virtual host before it.
  world.folder().write("renamed.pem", one->pem() + one->pem());
  world.issue("renewed", {"a.example"}, astray::test::TestKey::rsa);
  ASSERT_EQ(world.load(strict, virtual_host("b", "b.example", "b") +
                                   virtual_host("new_name", "a.example", "renewed",
                                                with_clients("required", "renamed.pem"))),
            "");
  Handshake again = world.visit(visitor);
  EXPECT_TRUE(again.resumed()) << again.failure;
  EXPECT_EQ(again.facts->policy, first.facts->policy);
  EXPECT_EQ(again.facts->virtual_host, 1u);

  // Another authority beside the first: the clients of before have to show their certificates again.
  world.folder().write("more.pem", one->pem() + two->pem());
  ASSERT_EQ(world.load(strict, virtual_host("a", "a.example", "a", with_clients("required", "more.pem"))),
            "");
  Handshake changed = world.visit(visitor);
  EXPECT_FALSE(changed.resumed());
  EXPECT_NE(changed.facts->policy, first.facts->policy);
}

INSTANTIATE_TEST_SUITE_P(Tls, TlsFrontTickets, testing::Values(tls::Version::tls1_2, tls::Version::tls1_3),
                         [](const auto& value) {
                           return value.param == tls::Version::tls1_2 ? "tls1_2" : "tls1_3";
                         });

class TlsFrontFiles : public TlsFrontNames {
 protected:
  std::string path(std::string_view name) const { return world.folder().path_of(name); }
};

TEST_F(TlsFrontFiles, AreToldWithTheirPlacesAndLeaveTheOldFrontAtWork) {
  ASSERT_EQ(world.load(strict, hosts()), "");
  world.issue("rsa", {"rsa.example"}, astray::test::TestKey::rsa);
  world.folder().write("none.pem", "nothing\n");
  std::string told = world.load(
      strict,
      "  a: {names: [a.example], certificates: [{certificate: gone.pem, key: a.key}], routes: [{backs: "
      "[app]}]}\n"
      "  b: {names: [b.example], certificates: [{certificate: a.pem, key: rsa.key}], routes: [{backs: "
      "[app]}]}\n"
      "  c: {names: [c.example], certificates: [{certificate: a.pem, key: a.key, staple: none.pem}], routes: "
      "[{backs: [app]}]}\n"
      "  d: {names: [d.example], certificates: [{certificate: a.pem, key: a.key}], routes: [{backs: [app]}], "
      "client_authentication: {mode: optional, authorities: none.pem}}\n"
      "  e: {names: [e.example], certificates: [{certificate: a.pem, key: a.key}], routes: [{backs: [app]}], "
      "tls: "
      "{ciphers: [AES]}}\n");
  EXPECT_EQ(
      told,
      "gateway:5:56: " + path("gone.pem") + ": There is no certificate file " + path("gone.pem") +
          ". Expected a PEM file there; create it, or correct the path.\n" +
          "gateway:6:68: " + path("rsa.key") +
          ": this private key does not belong to the first certificate of " + path("a.pem") +
          ": give the key that the certificate was issued for\n" + "gateway:7:83: " + path("none.pem") +
          ": this is no OCSP response in DER: fetch one with `openssl ocsp -respout " + path("none.pem") +
          "`\n" + "gateway:8:156: " + path("none.pem") +
          ": no certificate in it, expected PEM with a line \"-----BEGIN CERTIFICATE-----\"\n" +
          "gateway:9:3: virtual host e: OpenSSL has no cipher of the name \"AES\": `openssl ciphers -s -v "
          "ALL:COMPLEMENTOFALL` lists what it has\n");
  EXPECT_EQ(shown_for("a.example"), "a");
}

TEST_F(TlsFrontFiles, WarnOfKeysThatEverybodyReads) {
  ::chmod(path("a.key").c_str(), 0644);
  EXPECT_EQ(world.load(strict, virtual_host("a", "a.example", "a")),
            "gateway:5:68: warning: " + path("a.key") +
                ": everybody on this machine may read this private key; `chmod 640` it\n");
  EXPECT_EQ(shown_for("a.example"), "a");
}

TEST_F(TlsFrontFiles, OfSeveralKindsProveWhatAllOfThemCover) {
  world.issue("ecdsa", {"a.example", "*.w.example", "only.ecdsa.example"});
  world.issue("rsa", {"x.w.example", "a.example", "*.other.example", "*.w.example"},
              astray::test::TestKey::rsa);
  ASSERT_EQ(world.load(strict,
                       "  a: {names: [a.example], certificates: [{certificate: ecdsa.pem, key: ecdsa.key}, "
                       "{certificate: rsa.pem, key: rsa.key}], routes: [{backs: [app]}]}\n"),
            "");
  std::vector<std::string> names;
  for (const CertificateName& name : world.front->hosts()->facts_of(0).certificate_names)
    names.push_back(name.text());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"*.w.example", "a.example", "x.w.example"}));
}

TEST_F(TlsFrontFiles, MayBeNone) {
  ASSERT_EQ(
      world.load(strict, "  a: {names: [\"192.0.2.1\"], listeners: [plain], routes: [{backs: [app]}]}\n"),
      "");
  EXPECT_FALSE(world.front->accept());
}

}  // namespace
}  // namespace astray::proxy
