#include "servers/httpd/client_authentication.h"

namespace astray::httpd {
namespace {

enum class Trust : uint8_t { trusted, untrusted, unknown };

Trust trust(const ClientAuthorities& authorities, const ClientCertificate& certificate) {
  if (authorities.trusts(certificate.authority_digest)) return Trust::trusted;
  size_t named = (authorities.file.stated() ? 1U : 0U) + (authorities.path.stated() ? 1U : 0U);
  return authorities.trusted_digests.size() < named ? Trust::unknown : Trust::untrusted;
}

bool asks(ClientAuthentication mode) {
  return mode != ClientAuthentication::off;
}

}  // namespace

ClientCertificateAnswer authenticate_client(const HandshakeSettings& settings,
                                            const std::optional<ClientCertificate>& certificate) {
  using Outcome = ClientCertificateAnswer::Outcome;
  const ClientCertificateAnswer untrusted{Outcome::rejected, Reason::client_certificate_untrusted,
                                          "unknown_ca"};
  // mod_ssl refuses a chain that is too long without telling OpenSSL why.
  const ClientCertificateAnswer too_long{Outcome::rejected, Reason::client_certificate_untrusted,
                                         "internal_error"};
  const TlsSettings& judging = settings.judging;
  ClientAuthentication asked = settings.asking.client_authentication.value;
  ClientAuthentication mode = judging.client_authentication.value;
  if (!asks(asked) || !certificate) {
    if (asked == ClientAuthentication::required)
      return {Outcome::rejected, Reason::client_certificate_required,
              (settings.versions & tls_version::tls1_3) != 0 ? "certificate_required" : "handshake_failure"};
    // mod_ssl looks once more when the handshake is done, and closes the connection.
    if (mode == ClientAuthentication::required)
      return {Outcome::rejected, Reason::client_certificate_required, {}};
    return {};
  }
  // Defaults are filled in only where TLS is on: without, an unstated depth lets no certificate pass.
  bool has_depth = judging.enabled.value || judging.verify_depth.stated();
  int depth = has_depth ? judging.verify_depth.value : -1;
  constexpr int depth_of_issuer = 1;
  switch (trust(settings.asking.client_authorities, *certificate)) {
    case Trust::unknown:
      return {Outcome::unknowable, Reason::configuration_unknowable, {}};
    case Trust::trusted:
      if (judging.client_authentication.stated() && !asks(mode)) return {};
      return depth < depth_of_issuer ? too_long : ClientCertificateAnswer{};
    case Trust::untrusted:
      break;
  }
  if (mode != ClientAuthentication::optional_no_ca) return untrusted;
  // Without TLS, SSLOCSPEnable is not even off, and OCSP is refused for a certificate that is not verified.
  if (!judging.enabled.value) return {Outcome::rejected, untrusted.reason, "handshake_failure"};
  return {};
}

LateAnswer authenticate_late(const LateDemand& demand, const std::optional<ClientCertificate>& certificate) {
  bool needs = asks(demand.server) || asks(demand.location);
  bool requires_one =
      demand.server == ClientAuthentication::required || demand.location == ClientAuthentication::required;
  bool has = asks(demand.in_place);
  bool has_required = demand.in_place == ClientAuthentication::required;
  if (!needs || (has && (has_required || !requires_one))) return {};
  constexpr int status = 403;
  if (demand.protocol == Protocol::h2) return {true, 0};  // RST_STREAM with HTTP_1_1_REQUIRED
  if ((demand.versions & tls_version::tls1_3) != 0) return {true, status};
  // TLS 1.2 renegotiates.
  if (demand.authorities_differ) return {requires_one, status};
  if (!certificate) return {requires_one, 0};
  // What the client presents must be good, even where it need not present any.
  ClientAuthentication mode = asks(demand.location) ? demand.location : demand.server;
  if (mode == ClientAuthentication::optional_no_ca) return {};
  bool trusted = trust(demand.asked.client_authorities, *certificate) == Trust::trusted;
  return {!trusted, 0};
}

}  // namespace astray::httpd
