#pragma once
// One configuration and what is predicted for its cells: what the tests of the behaviour share.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "servers/httpd/behave.h"
#include "servers/httpd/httpd.h"
#include "tls/fake_certificate_source.h"

namespace astray::httpd {

inline constexpr std::string_view head =
    "LoadModule ssl_module x\nLoadModule http2_module x\nLoadModule mpm_event_module x\nListen "
    "443\nServerName main.test\n";

/// A <VirtualHost *:443> with TLS and the certificate /shared.pem, unless `more` says otherwise.
inline std::string host(std::string_view name, std::string_view more = "") {
  std::string certificate =
      more.find("SSLCertificateFile") == std::string_view::npos ? "SSLCertificateFile /shared.pem\n" : "";
  std::string engine = more.find("SSLEngine") == std::string_view::npos ? "SSLEngine on\n" : "";
  return fmt::format("<VirtualHost *:443>\nServerName {}.test\n{}{}{}\n</VirtualHost>\n", name, engine,
                     certificate, more);
}

struct Cell {
  std::string_view sni;  ///< "-": none
  std::string_view host;
  std::string_view told;  ///< see tell()
  AlpnOffer alpn = AlpnOffer::h1;
  std::string_view client = {};  ///< the CA of the client's certificate
};

class Server {
 public:
  Server(const std::string& text, Version version) {
    certificates_.declare("/shared.pem", {"a.test", "b.test", "c.test", "d.test", "*.w.test"});
    certificates_.declare("/copy.pem", {"a.test", "b.test", "c.test", "d.test", "*.w.test"});
    certificates_.declare("/other.pem", {"b.test"});
    DeclaredCertificate rsa;
    rsa.names = {"rsa.test"};
    rsa.key_type = KeyType::rsa;
    certificates_.declare("/rsa.pem", rsa);
    certificates_.declare_authorities("/ca1.pem", {"CN=CA1"});
    certificates_.declare_authorities("/ca1-copy.pem", {"CN=CA1"});
    certificates_.declare_authorities("/ca2.pem", {"CN=CA2"});
    certificates_.declare_authorities("/both.pem", {"CN=CA1", "CN=CA2"});
    files_.add("/e/httpd.conf", std::string(head) + text);
    ReadOptions options{version, VersionBasis::given, "", {}, files_, certificates_};
    deployment_ = std::make_unique<Deployment>(std::move(*httpd_server.read("/e/httpd.conf", options)));
    for (const ReadProblem& problem : deployment_->problems) ADD_FAILURE() << problem.message;
    behaviour_ = httpd_server.behaviour(*deployment_);
  }

  ConnectionFacts connection(const Cell& cell) {
    ConnectionFacts facts;
    if (cell.sni != "-") facts.sni = RawHost(std::string(cell.sni));
    facts.alpn = cell.alpn;
    if (!cell.client.empty())
      facts.client_certificate = ClientCertificate{
          to_hex((*certificates_.load_authorities(fmt::format("/{}.pem", cell.client)))->digest)};
    return facts;
  }

  /// "421 tls-policy-differs b.test", "ok own-name a.test", "alert unknown_ca", …; " h2" behind it over
  /// HTTP/2.
  std::string tell(const Cell& cell) { return tell(connection(cell), cell.host); }
  std::string tell(const ConnectionFacts& facts, std::string_view host_field) {
    ListenerId listener{0};
    ExpectedHandshake handshake = behaviour_->handshake(listener, facts);
    if (handshake.outcome == HandshakeOutcome::rejected)
      return handshake.alert.empty() ? fmt::format("rejected {}", to_string(handshake.reason))
                                     : fmt::format("alert {}", handshake.alert);
    RequestFacts request;
    bool h2 = handshake.protocol == Protocol::h2;
    if (h2)
      request.pseudo_authority = RawHost(std::string(host_field));
    else
      request.host_fields = {RawHost(std::string(host_field))};
    ExpectedAnswer answer = behave(*behaviour_, listener, facts, request).answer;
    std::string outcome = answer.outcome == AnswerOutcome::unknowable ? "unknowable"
                          : answer.status != 0                        ? std::to_string(answer.status)
                          : answer.outcome == AnswerOutcome::serve    ? "ok"
                                                                      : "reset";
    return fmt::format("{} {} {}{}", outcome, to_string(answer.reason),
                       deployment_->virtual_host(answer.virtual_host).label(), h2 ? " h2" : "");
  }
  const Deployment& deployment() const { return *deployment_; }
  const Behaviour& behaviour() const { return *behaviour_; }

 private:
  MemoryFiles files_;
  FakeCertificateSource certificates_;
  std::unique_ptr<Deployment> deployment_;
  std::unique_ptr<Behaviour> behaviour_;
};

inline void expect_cells(const std::string& text, Version version, std::initializer_list<Cell> cells) {
  Server server(text, version);
  for (const Cell& cell : cells)
    EXPECT_EQ(server.tell(cell), cell.told)
        << "httpd " << version.text() << ", SNI " << cell.sni << ", Host " << cell.host;
}

inline constexpr Version v63{2, 4, 63};
inline constexpr Version v65{2, 4, 65};
inline constexpr Version v71{2, 4, 71};

/// SSLVerifyClient with one CA file.
inline std::string verify(std::string_view mode, std::string_view ca) {
  return fmt::format("SSLVerifyClient {}\nSSLCACertificateFile /{}.pem\n", mode, ca);
}

}  // namespace astray::httpd
