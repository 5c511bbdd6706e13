// What nginx answers. The kinds of question asked here (servers × SNI × ALPN × client certificate × Host)
// were put to nginx 1.22.1 (Debian), 1.25.1, 1.29.1, 1.29.4 and 1.31.4 at random, about 6,000 times each,
// without a difference; comments name what is surprising. HTTP/3 is by reading alone.
#include <gtest/gtest.h>

#include "servers/model/behaviour.h"
#include "servers/nginx/nginx.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

constexpr Version debian_12{1, 22, 1};
constexpr Version newest{1, 31, 4};

/// A configuration of http { } and its behaviour, to be asked.
class Nginx {
 public:
  Nginx(std::string_view http, Version version) {
    certificates_.declare("/a.pem", std::vector<std::string>{"a.test", "*.test"});
    certificates_.declare("/b.pem", std::vector<std::string>{"b.test"});
    certificates_.declare_authorities("/ca1.pem", {"CN=CA1"});
    certificates_.declare_authorities("/ca2.pem", {"CN=CA2"});
    certificates_.declare_authorities("/both.pem", {"CN=CA1", "CN=CA2"});
    DeclaredCertificate rsa;
    rsa.names = {"a.test"};
    rsa.key_type = KeyType::rsa;
    certificates_.declare("/rsa.pem", rsa);
    files_.add("/nginx.conf", std::string(http));
    const ReadOptions options{version, VersionBasis::given, "", {}, files_, certificates_};
    Result<Deployment> read = nginx_server.read("/nginx.conf", options);
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    deployment_ = std::move(*read);
    for (const ReadProblem& problem : deployment_.problems)
      EXPECT_EQ(problem.severity, ReadProblem::Severity::warning) << problem.message;
    behaviour_ = nginx_server.behaviour(deployment_);
  }

  /// A client with a certificate of /ca1.pem, /ca2.pem or a CA that nobody knows.
  static ClientCertificate client_of(std::string_view authorities) {
    FakeCertificateSource source;
    source.declare_authorities("/ca1.pem", {"CN=CA1"});
    source.declare_authorities("/ca2.pem", {"CN=CA2"});
    source.declare_authorities("/ca3.pem", {"CN=CA3"});
    return {to_hex((*source.load_authorities(std::string(authorities)))->digest)};
  }

  ExpectedHandshake handshake(const ConnectionFacts& connection, size_t listener = 0) const {
    return behaviour_->handshake(static_cast<ListenerId>(listener), connection);
  }

  /// "ok a.pem h2 #0", "rejected unrecognized_name sni-required", …
  std::string shake(const ConnectionFacts& connection, size_t listener = 0) const {
    const ExpectedHandshake shaken = handshake(connection, listener);
    std::string text(to_string(shaken.outcome));
    if (shaken.outcome == HandshakeOutcome::rejected)
      return text + " " + std::string(shaken.alert) + " " + std::string(to_string(shaken.reason));
    if (shaken.certificate != nullptr) text += " " + shaken.certificate->path.substr(1);
    text += " " + std::string(to_string(shaken.protocol));
    if (shaken.virtual_host != VirtualHostId::none)
      text +=
          " #" + std::to_string(static_cast<int>(shaken.virtual_host)) + (shaken.sni_matched ? " named" : "");
    return text;
  }

  /// "serve 0 #1 exact own-name", "reject 421 #1 exact protocol-off"
  std::string answer(const ConnectionFacts& connection, const RequestFacts& request,
                     size_t listener = 0) const {
    const auto id = static_cast<ListenerId>(listener);
    const ExpectedAnswer answered =
        behaviour_->answer(id, connection, behaviour_->handshake(id, connection), request);
    return std::string(to_string(answered.outcome)) + " " + std::to_string(answered.status) + " #" +
           std::to_string(static_cast<int>(answered.virtual_host)) + " " +
           std::string(to_string(answered.match)) + " " + std::string(to_string(answered.reason));
  }

  const Deployment& deployment() const { return deployment_; }
  const Behaviour& behaviour() const { return *behaviour_; }

 private:
  MemoryFiles files_;
  FakeCertificateSource certificates_;
  Deployment deployment_;
  std::unique_ptr<Behaviour> behaviour_;
};

ConnectionFacts tls(std::optional<std::string> sni, AlpnOffer alpn = AlpnOffer::h1,
                    std::optional<ClientCertificate> client = std::nullopt) {
  ConnectionFacts connection;
  if (sni) connection.sni = RawHost(*sni);
  connection.alpn = alpn;
  connection.client_certificate = std::move(client);
  return connection;
}

ConnectionFacts clear(AlpnOffer alpn = AlpnOffer::none) {
  ConnectionFacts connection;
  connection.scheme = Scheme::http;
  connection.alpn = alpn;
  return connection;
}

RequestFacts host(std::string value) {
  RequestFacts request;
  request.host_fields.emplace_back(std::move(value));
  return request;
}

RequestFacts authority(std::string value) {
  RequestFacts request;
  request.pseudo_authority = RawHost(std::move(value));
  return request;
}

constexpr std::string_view tls_head = "http { ssl_certificate /a.pem; ssl_certificate_key /a.key; ";

std::string with_head(std::string_view servers) {
  return std::string(tls_head) + std::string(servers) + " }";
}

TEST(NginxHandshake, ChoosesCertificateAndServerBySni) {
  const Nginx nginx(with_head("server { listen 443 ssl; server_name a.test; }"
                              "server { listen 443 ssl; server_name b.test *.b.test; ssl_certificate /b.pem; "
                              "ssl_certificate_key /b.key; }"),
                    debian_12);
  EXPECT_EQ(nginx.shake(tls("a.test")), "ok a.pem h1 #0 named");
  EXPECT_EQ(nginx.shake(tls("B.Test")), "ok b.pem h1 #1 named");
  EXPECT_EQ(nginx.shake(tls("x.b.test.")), "ok b.pem h1 #1 named");
  EXPECT_EQ(nginx.shake(tls("unknown.test")), "ok a.pem h1 #0");
  EXPECT_EQ(nginx.shake(tls(std::nullopt)), "ok a.pem h1 #0");
  EXPECT_EQ(nginx.shake(tls("b..test")), "ok a.pem h1 #0");           // no host name: as if none were sent
  EXPECT_EQ(nginx.shake(tls("b.test:443")), "ok b.pem h1 #1 named");  // ngx_http_validate_host strips a port
  EXPECT_EQ(nginx.shake(tls(std::string("b.test\0", 7))), "rejected unrecognized_name handshake-rejected");
  EXPECT_EQ(nginx.shake(tls(std::string(256, 'a'))), "rejected unrecognized_name handshake-rejected");
}

TEST(NginxHandshake, AgreesOnTheVersionOfTheDefaultServerUntil_1_29_2) {
  const std::string servers = with_head(
      "server { listen 443 ssl; server_name a.test; ssl_protocols TLSv1 TLSv1.1; }"
      "server { listen 443 ssl; server_name b.test; ssl_protocols TLSv1.2; }");
  const Nginx nginx(servers, debian_12);
  EXPECT_EQ(nginx.shake(tls("a.test")), "rejected protocol_version no-common-protocol");
  EXPECT_EQ(nginx.shake(tls("b.test")), "rejected protocol_version no-common-protocol");
  const Nginx now(servers, Version{1, 29, 2});
  EXPECT_EQ(now.shake(tls("a.test")), "rejected protocol_version no-common-protocol");
  EXPECT_EQ(now.shake(tls("b.test")), "ok a.pem h1 #1 named");
}

TEST(NginxHandshake, PresentsWhatClientsPreferOfSeveralCertificates) {
  const auto presented = [](std::string_view first, std::string_view second) {
    std::string servers = "http { server { listen 443 ssl; ";
    for (const std::string_view name : {first, second})
      servers += "ssl_certificate /" + std::string(name) + "; ssl_certificate_key /k; ";
    return Nginx(servers + "} }", debian_12).shake(tls("a.test"));
  };
  EXPECT_EQ(presented("rsa.pem", "a.pem"), "ok a.pem h1 #0");
  EXPECT_EQ(presented("a.pem", "rsa.pem"), "ok a.pem h1 #0");
  // Of one kind of key, the later replaces the earlier.
  EXPECT_EQ(presented("a.pem", "b.pem"), "ok b.pem h1 #0");
}

TEST(NginxHandshake, LeavesTheDefaultCertificateInPlaceWhereAServerHasNone) {
  const Nginx nginx(
      "http { server { listen 443 ssl; server_name a.test; ssl_certificate /a.pem; ssl_certificate_key "
      "/a.key; "
      "ssl_verify_client on; ssl_client_certificate /ca1.pem; }"
      "server { listen 443 ssl; server_name b.test; } }",
      debian_12);
  EXPECT_EQ(nginx.shake(tls("b.test")), "ok a.pem h1 #1 named");
  // b.test demands nothing, although the default server's context asked for a certificate.
  EXPECT_EQ(nginx.answer(tls("b.test"), host("b.test")), "serve 0 #1 exact own-name");
}

TEST(NginxHandshake, RejectsWhereToldTo) {
  const Nginx nginx(with_head("server { listen 443 ssl default_server; ssl_reject_handshake on; }"
                              "server { listen 443 ssl; server_name a.test; }"
                              "server { listen 443 ssl; server_name off.test; ssl_reject_handshake on; }"),
                    debian_12);
  EXPECT_EQ(nginx.shake(tls("a.test")), "ok a.pem h1 #1 named");
  EXPECT_EQ(nginx.shake(tls("off.test")), "rejected unrecognized_name handshake-rejected");
  EXPECT_EQ(nginx.shake(tls("unknown.test")), "rejected unrecognized_name sni-required");
  EXPECT_EQ(nginx.shake(tls(std::nullopt)), "rejected unrecognized_name sni-required");
}

TEST(NginxHandshake, SelectsTheProtocolByListenerBefore1_25_1) {
  const Nginx nginx(with_head("server { listen 443 ssl; server_name a.test; }"
                              "server { listen 443 ssl http2; server_name b.test; }"
                              "server { listen 444 ssl; server_name c.test; }"),
                    debian_12);
  EXPECT_EQ(nginx.shake(tls("a.test", AlpnOffer::h2)),
            "ok a.pem h2 #0 named");  // any `listen … http2` counts for all
  EXPECT_EQ(nginx.shake(tls("a.test", AlpnOffer::none)), "ok a.pem h1 #0 named");
  EXPECT_EQ(nginx.shake(tls("c.test", AlpnOffer::h2), 1), "ok a.pem h1 #2 named");
  EXPECT_EQ(nginx.shake(tls("c.test", AlpnOffer::h2_only), 1),
            "rejected no_application_protocol no-common-protocol");
  EXPECT_EQ(Nginx(with_head("server { listen 443 ssl; }"), Version{1, 21, 3})
                .shake(tls("c.test", AlpnOffer::h2_only)),
            "ok a.pem h1 #0");  // refused since 1.21.4
}

TEST(NginxHandshake, SelectsTheProtocolByServerSince1_25_1) {
  const Nginx nginx(with_head("http2 on; server { listen 443 ssl; server_name a.test; }"
                              "server { listen 443 ssl; server_name b.test; http2 off; }"),
                    Version{1, 25, 1});
  EXPECT_EQ(nginx.shake(tls("a.test", AlpnOffer::h2)), "ok a.pem h2 #0 named");
  EXPECT_EQ(nginx.shake(tls("b.test", AlpnOffer::h2)), "ok a.pem h1 #1 named");
  EXPECT_EQ(nginx.shake(tls("b.test", AlpnOffer::h2_only)),
            "rejected no_application_protocol no-common-protocol");
  // The other way round: h2 was agreed with a.test, and b.test does not speak it.
  EXPECT_EQ(nginx.answer(tls("a.test", AlpnOffer::h2), authority("b.test")),
            "reject 421 #1 exact protocol-off");
  EXPECT_EQ(nginx.answer(tls("a.test", AlpnOffer::h2), authority("a.test")), "serve 0 #0 exact own-name");
}

TEST(NginxHandshake, SpeaksHttp3OnQuicListeners) {
  const Nginx nginx(with_head("server { listen 443 quic; server_name a.test; }"
                              "server { listen 443 quic; server_name b.test; http3 off; }"),
                    newest);
  EXPECT_EQ(nginx.shake(tls("a.test", AlpnOffer::none)), "ok a.pem h3 #0 named");
  EXPECT_EQ(nginx.shake(tls("b.test", AlpnOffer::none)),
            "rejected no_application_protocol no-common-protocol");
  EXPECT_EQ(nginx.answer(tls("a.test"), authority("b.test")), "reject 421 #1 exact protocol-off");
}

TEST(NginxHandshake, TellsTlsFromClear) {
  const Nginx nginx(
      with_head("server { listen 443 ssl; server_name a.test; } server { listen 80; server_name a.test; }"),
      debian_12);
  EXPECT_EQ(nginx.shake(tls("a.test"), 1), "rejected  scheme-mismatch");
  EXPECT_EQ(nginx.shake(clear(), 1), "cleartext h1 #1");
  EXPECT_EQ(nginx.answer(clear(), host("a.test"), 1), "serve 0 #1 exact own-name");
  // "The plain HTTP request was sent to HTTPS port"
  EXPECT_EQ(nginx.answer(clear(), host("a.test"), 0), "reject 400 #0 exact scheme-mismatch");
  EXPECT_EQ(nginx.shake(clear(AlpnOffer::h2_only), 0), "rejected  no-common-protocol");
}

TEST(NginxHandshake, KeepsHttp2InClearApartBefore1_25_1) {
  constexpr std::string_view text = "http { server { listen 80 http2; } server { listen 81; } }";
  const Nginx old(text, debian_12);
  EXPECT_EQ(old.shake(clear(AlpnOffer::h2_only), 0), "cleartext h2 #0");
  EXPECT_EQ(old.shake(clear(), 0), "rejected  no-common-protocol");
  EXPECT_EQ(old.shake(clear(AlpnOffer::h2_only), 1), "rejected  no-common-protocol");
  const Nginx now(text, newest);
  EXPECT_EQ(now.shake(clear(AlpnOffer::h2_only), 0), "cleartext h2 #0");
  EXPECT_EQ(now.shake(clear(), 0), "cleartext h1 #0");
}

TEST(NginxHandshake, CannotTellWhatABackOrAScriptDecides) {
  const Nginx stream("stream { server { listen 443; proxy_pass 10.0.0.1:443; } }", debian_12);
  EXPECT_EQ(stream.shake(tls("a.test")), "unknowable h1");
  EXPECT_EQ(stream.answer(tls("a.test"), host("a.test")).substr(0, 10), "unknowable");
  const Nginx variable(
      "http { server { listen 443 ssl; server_name a.test; ssl_certificate /$ssl_server_name.pem; "
      "ssl_certificate_key /k; } }",
      debian_12);
  EXPECT_EQ(variable.shake(tls("a.test")), "ok $ssl_server_name.pem h1 #0 named");
  EXPECT_EQ(variable.handshake(tls("a.test")).certificate->certificate, nullptr);
}

// Open, mTLS with CA1, mTLS with CA2 under two names, optional.
std::string client_certificate_servers() {
  return with_head(
      "server { listen 443 ssl; server_name open.test; }"
      "server { listen 443 ssl; server_name one.test; ssl_verify_client on; ssl_client_certificate /ca1.pem; "
      "}"
      "server { listen 443 ssl; server_name two.test alias.test; ssl_verify_client on; "
      "ssl_client_certificate /ca2.pem; }"
      "server { listen 443 ssl; server_name opt.test; ssl_verify_client optional; ssl_client_certificate "
      "/ca1.pem; }"
      "server { listen 443 ssl; server_name any.test; ssl_verify_client optional_no_ca; }");
}

TEST(NginxRequest, Answers421WhereTheNameIsNotTheSniAndTheServerVerifiesClients) {
  const Nginx nginx(client_certificate_servers(), debian_12);
  const ClientCertificate one = Nginx::client_of("/ca1.pem");
  EXPECT_EQ(nginx.answer(tls("open.test"), host("open.test")), "serve 0 #0 exact own-name");
  EXPECT_EQ(nginx.answer(tls("open.test"), host("one.test")),
            "reject 421 #1 exact client-authentication-differs");
  EXPECT_EQ(nginx.answer(tls("open.test"), host("opt.test")),
            "reject 421 #3 exact client-authentication-differs");
  EXPECT_EQ(nginx.answer(tls("open.test"), host("any.test")),
            "reject 421 #4 exact client-authentication-differs");
  // The same server under its other name: the names are compared, nothing else (nginx 1.22.1 answers 421).
  EXPECT_EQ(nginx.answer(tls("two.test", AlpnOffer::h1, Nginx::client_of("/ca2.pem")), host("alias.test")),
            "reject 421 #2 exact name-differs-from-sni");
  // From a server with client certificates to one without, no check at all.
  EXPECT_EQ(nginx.answer(tls("one.test", AlpnOffer::h1, one), host("open.test")),
            "serve 0 #0 exact coalesced");
  EXPECT_EQ(nginx.answer(tls("one.test", AlpnOffer::h1, one), host("nobody.test")),
            "serve 0 #0 default default-virtual-host");
  // The comparison is with what nginx made of both.
  EXPECT_EQ(nginx.answer(tls("ONE.test", AlpnOffer::h1, one), host("one.TEST.:8443")),
            "serve 0 #1 exact own-name");
}

TEST(NginxRequest, ChecksTheClientCertificateOfItsServer) {
  const Nginx nginx(client_certificate_servers(), debian_12);
  const ClientCertificate one = Nginx::client_of("/ca1.pem");
  const ClientCertificate three = Nginx::client_of("/ca3.pem");
  const auto ask = [&](const std::string& name, std::optional<ClientCertificate> client) {
    return nginx.answer(tls(name, AlpnOffer::h1, std::move(client)), host(name));
  };
  EXPECT_EQ(ask("one.test", one), "serve 0 #1 exact own-name");
  EXPECT_EQ(ask("one.test", std::nullopt), "reject 400 #1 exact client-certificate-required");
  EXPECT_EQ(ask("one.test", three), "reject 400 #1 exact client-certificate-untrusted");
  EXPECT_EQ(ask("two.test", one), "reject 400 #2 exact client-certificate-untrusted");
  EXPECT_EQ(ask("opt.test", std::nullopt), "serve 0 #3 exact own-name");
  EXPECT_EQ(ask("opt.test", three), "reject 400 #3 exact client-certificate-untrusted");
  EXPECT_EQ(ask("any.test", three), "serve 0 #4 exact own-name");
  EXPECT_EQ(ask("open.test", three), "serve 0 #0 exact own-name");
}

TEST(NginxRequest, HasAGapWithoutSni) {
  // The default server verifies with CA1; a client of CA1 that sends no SNI reaches the server of CA2
  // (ngx_http_set_virtual_server checks nothing without ssl_servername; nginx 1.22.1 and 1.31.4 serve it).
  const Nginx nginx(with_head("server { listen 443 ssl; server_name one.test; ssl_verify_client on; "
                              "ssl_client_certificate /ca1.pem; }"
                              "server { listen 443 ssl; server_name two.test; ssl_verify_client on; "
                              "ssl_client_certificate /ca2.pem; }"),
                    debian_12);
  const ClientCertificate one = Nginx::client_of("/ca1.pem");
  EXPECT_EQ(nginx.answer(tls(std::nullopt, AlpnOffer::h1, one), host("two.test")),
            "serve 0 #1 exact own-name");
  EXPECT_EQ(nginx.answer(tls("unknown.test", AlpnOffer::h1, one), host("two.test")),
            "serve 0 #1 exact coalesced");
  EXPECT_EQ(nginx.answer(tls("one.test", AlpnOffer::h1, one), host("two.test")),
            "reject 421 #1 exact client-authentication-differs");
  EXPECT_EQ(nginx.answer(tls(std::nullopt, AlpnOffer::h1, Nginx::client_of("/ca2.pem")), host("two.test")),
            "reject 400 #1 exact client-certificate-untrusted");
}

TEST(NginxRequest, ComparesNothingWhereOneServerIsAlone) {
  // No table of names is built for a single server (ngx_http_optimize_servers), so no SNI is remembered.
  const Nginx nginx(with_head("server { listen 443 ssl; server_name a.test b.test; ssl_verify_client on; "
                              "ssl_client_certificate /ca1.pem; }"),
                    debian_12);
  const ClientCertificate one = Nginx::client_of("/ca1.pem");
  EXPECT_EQ(nginx.answer(tls("a.test", AlpnOffer::h1, one), host("b.test")), "serve 0 #0 exact coalesced");
  EXPECT_EQ(nginx.answer(tls("a.test", AlpnOffer::h1, one), host("c.test")),
            "serve 0 #0 default default-virtual-host");
}

TEST(NginxRequest, DemandsOneWellFormedHost) {
  const Nginx nginx(with_head("server { listen 443 ssl http2; server_name a.test; }"
                              "server { listen 443 ssl; server_name b.test; }"
                              "server { listen 443 ssl; server_name v.test; ssl_verify_client on; "
                              "ssl_client_certificate /ca1.pem; }"),
                    debian_12);
  const ConnectionFacts h1 = tls("a.test");
  RequestFacts two = host("a.test");
  two.host_fields.emplace_back("a.test");
  RequestFacts misdirected_two = host("v.test");
  misdirected_two.host_fields.emplace_back("a.test");
  RequestFacts absolute = host("b.test");
  absolute.target_authority = RawHost("a.test:443");
  RequestFacts absolute_alone;
  absolute_alone.target_authority = RawHost("b.test");
  RequestFacts absolute_bad = host("a.test");
  absolute_bad.target_authority = RawHost("user@a.test");
  EXPECT_EQ(nginx.answer(h1, RequestFacts{}), "reject 400 #0 default authority-missing");
  EXPECT_EQ(nginx.answer(h1, host("")), "reject 400 #0 default authority-missing");
  EXPECT_EQ(nginx.answer(h1, host("a..test")), "reject 400 #0 default authority-malformed");
  EXPECT_EQ(nginx.answer(h1, host("a.test/")), "reject 400 #0 default authority-malformed");
  EXPECT_EQ(nginx.answer(h1, two), "reject 400 #0 exact authority-duplicated");
  // Fields are looked at as they come: the first one is misdirected before the second is a duplicate.
  EXPECT_EQ(nginx.answer(h1, misdirected_two), "reject 421 #2 exact client-authentication-differs");
  EXPECT_EQ(nginx.answer(h1, absolute), "serve 0 #0 exact own-name");  // the request line goes before Host
  EXPECT_EQ(nginx.answer(h1, absolute_alone), "reject 400 #1 exact authority-missing");
  EXPECT_EQ(nginx.answer(h1, absolute_bad), "reject 400 #0 default authority-malformed");
}

TEST(NginxRequest, ComparesAuthorityAndHostInHttp2) {
  constexpr std::string_view servers =
      "server { listen 443 ssl http2; server_name a.test; }"
      "server { listen 443 ssl; server_name b.test; }";
  const ConnectionFacts h2 = tls("a.test", AlpnOffer::h2);
  RequestFacts equal = authority("a.test");
  equal.host_fields.emplace_back("a.test");
  RequestFacts differ = authority("a.test");
  differ.host_fields.emplace_back("b.test");
  RequestFacts differ_in_case = authority("a.test");
  differ_in_case.host_fields.emplace_back("A.test");
  const Nginx old(with_head(servers), debian_12);
  EXPECT_EQ(old.answer(h2, authority("a.test")), "serve 0 #0 exact own-name");
  EXPECT_EQ(old.answer(h2, host("b.test")), "serve 0 #1 exact coalesced");
  EXPECT_EQ(old.answer(h2, authority("")), "reject 400 #0 default authority-missing");
  EXPECT_EQ(old.answer(h2, RequestFacts{}), "reject 400 #0 default authority-missing");
  // 1.17.9 to 1.29.0 take :authority for a first Host field, so that an equal Host is a duplicate.
  EXPECT_EQ(old.answer(h2, equal), "reject 400 #0 exact authority-duplicated");
  EXPECT_EQ(old.answer(h2, differ), "reject 400 #0 exact authority-host-conflict");
  const Nginx now(with_head(servers), Version{1, 29, 1});
  EXPECT_EQ(now.answer(h2, equal), "serve 0 #0 exact own-name");
  EXPECT_EQ(now.answer(h2, differ), "reject 400 #0 exact authority-host-conflict");
  EXPECT_EQ(now.answer(h2, differ_in_case), "reject 400 #0 exact authority-host-conflict");
  EXPECT_EQ(now.answer(h2, RequestFacts{}), "reject 400 #0 default authority-missing");
}

TEST(NginxRequest, AnswersWithAFixedStatus) {
  const Nginx nginx(with_head("server { listen 443 ssl default_server; return 421; }"
                              "server { listen 443 ssl; server_name moved.test; return 301 https://x.test; }"
                              "server { listen 443 ssl; server_name gone.test; location / { return 410; } }"
                              "server { listen 443 ssl; server_name if.test; if ($arg_x) { return 403; } }"),
                    debian_12);
  EXPECT_EQ(nginx.answer(tls("moved.test"), host("unknown.test")), "reject 421 #0 default unowned");
  EXPECT_EQ(nginx.answer(tls("moved.test"), host("moved.test")), "serve 301 #1 exact own-name");
  EXPECT_EQ(nginx.answer(tls("gone.test"), host("gone.test")), "reject 410 #2 exact own-name");
  EXPECT_EQ(nginx.answer(tls("if.test"), host("if.test")), "unknowable 0 #3 exact configuration-unknowable");
}

TEST(NginxRequest, NeverSendsSomeStatuses) {
  const Nginx nginx(with_head("server { listen 443 ssl; server_name a.test; return 444; }"
                              "server { listen 443 ssl; server_name b.test; location / { return 499; } }"
                              "server { listen 443 ssl; server_name c.test; return 408; }"
                              "server { listen 443 ssl; server_name d.test; return 494; }"
                              "server { listen 443 ssl; server_name e.test; return 999; }"),
                    debian_12);
  EXPECT_EQ(nginx.answer(tls("a.test"), host("a.test")), "reject 0 #0 exact own-name");
  EXPECT_EQ(nginx.answer(tls("a.test"), host("unknown.test")), "reject 0 #0 default unowned");
  EXPECT_EQ(nginx.answer(tls("b.test"), host("b.test")), "reject 0 #1 exact own-name");
  EXPECT_EQ(nginx.answer(tls("c.test"), host("c.test")), "reject 0 #2 exact own-name");
  EXPECT_EQ(nginx.answer(tls("d.test"), host("d.test")), "reject 400 #3 exact own-name");
  EXPECT_EQ(nginx.answer(tls("e.test"), host("e.test")), "reject 999 #4 exact own-name");
}

TEST(NginxRequest, TrustsEachOfSeveralAuthorities) {
  const Nginx nginx(with_head("server { listen 443 ssl; server_name a.test; ssl_verify_client on; "
                              "ssl_client_certificate /both.pem; }"),
                    debian_12);
  const auto ask = [&](std::string_view authority) {
    return nginx.answer(tls("a.test", AlpnOffer::h1, Nginx::client_of(authority)), host("a.test"));
  };
  EXPECT_EQ(ask("/ca1.pem"), "serve 0 #0 exact own-name");
  EXPECT_EQ(ask("/ca2.pem"), "serve 0 #0 exact own-name");
  EXPECT_EQ(ask("/ca3.pem"), "reject 400 #0 exact client-certificate-untrusted");
}

TEST(NginxRequest, SendsAnErrorToAPageThatMayAnswerByItself) {
  const auto served = [](std::string_view server) {
    const Nginx nginx(with_head("server { listen 443 ssl; server_name a.test; " + std::string(server) + " }"),
                      debian_12);
    return nginx.answer(tls("a.test"), host("a.test"));
  };
  const auto malformed = [](std::string_view server) {
    const Nginx nginx(with_head("server { listen 443 ssl; server_name a.test; " + std::string(server) + " }"),
                      debian_12);
    return nginx.answer(tls("a.test"), host("a b"));
  };
  EXPECT_EQ(served("error_page 403 =200 /p; location = / { return 403; }"), "reject 200 #0 exact own-name");
  EXPECT_EQ(served("error_page 403 =200 /p; location = / { return 403 no; }"),
            "reject 403 #0 exact own-name");
  // Errors are sent to a page once alone; other statuses give way to the one that is kept.
  EXPECT_EQ(served("error_page 403 =200 /p; return 403;"), "reject 403 #0 exact own-name");
  EXPECT_EQ(malformed("error_page 400 =421 /p; return 410;"), "reject 410 #0 default authority-malformed");
  EXPECT_EQ(malformed("error_page 400 =421 /p; location = / { return 410; }"),
            "reject 421 #0 default authority-malformed");
  EXPECT_EQ(malformed("error_page 400 =421 /p; return 444;"), "reject 0 #0 default authority-malformed");
  EXPECT_EQ(malformed("error_page 400 /p; return https://x.test/;"),
            "reject 302 #0 default authority-malformed");
  EXPECT_EQ(malformed("error_page 400 =421 /p; return 204;"), "reject 421 #0 default authority-malformed");
  EXPECT_EQ(malformed("error_page 400 = @p; location @p { return 204; } return 410;"),
            "reject 204 #0 default authority-malformed");
  EXPECT_EQ(malformed("error_page 400 =421 /p; location /p { deny all; }"),
            "reject 403 #0 default authority-malformed");
}

TEST(NginxRequest, PutsErrorPagesInThePlaceOfItsOwnStatuses) {
  const Nginx nginx(
      with_head("server { listen 443 ssl; server_name a.test; error_page 497 https://$host$request_uri; "
                "error_page 421 =200 /other; error_page 400 /400.html; }"
                "server { listen 443 ssl; server_name v.test; ssl_verify_client on; ssl_client_certificate "
                "/ca1.pem; "
                "error_page 495 496 =403 /denied.html; error_page 421 = @retry; }"),
      debian_12);
  EXPECT_EQ(nginx.answer(clear(), host("a.test")), "reject 302 #0 exact scheme-mismatch");
  EXPECT_EQ(nginx.answer(clear(), host("v.test")), "reject 400 #1 exact scheme-mismatch");
  EXPECT_EQ(nginx.answer(tls("a.test"), host("a b")), "reject 400 #0 default authority-malformed");
  EXPECT_EQ(nginx.answer(tls("v.test"), host("v.test")), "reject 403 #1 exact client-certificate-required");
  // A 421 comes before the request has a server of its own: the SNI's settings hold.
  EXPECT_EQ(nginx.answer(tls("a.test"), host("v.test")), "reject 200 #1 exact client-authentication-differs");
  EXPECT_EQ(nginx.answer(tls("v.test", AlpnOffer::h1, Nginx::client_of("/ca1.pem")), host("a.test")),
            "serve 0 #0 exact coalesced");
}

TEST(NginxRequest, SaysWhichNameDecided) {
  const Nginx nginx(with_head("server { listen 443 ssl; server_name a.test; }\n"
                              "server { listen 443 ssl; server_name ~^b\\d; }"),
                    debian_12);
  const ExpectedHandshake shaken = nginx.handshake(tls("b7.test"));
  EXPECT_EQ(shaken.source.line, 2u);
  const ExpectedAnswer answered =
      nginx.behaviour().answer(ListenerId{0}, tls("b7.test"), shaken, host("b7.test"));
  EXPECT_EQ(answered.match, NameMatch::regex);
  EXPECT_EQ(answered.source, nginx.deployment().virtual_hosts[1].names[0].span);
  const Behaviour::Lookup lookup = nginx.behaviour().find_virtual_host(ListenerId{0}, "nobody");
  EXPECT_EQ(lookup.match, NameMatch::default_host);
  EXPECT_EQ(lookup.virtual_host, VirtualHostId{0});
}

}  // namespace
}  // namespace astray
