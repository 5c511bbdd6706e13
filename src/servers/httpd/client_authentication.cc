#include "servers/httpd/client_authentication.h"

#include <algorithm>

namespace astray::httpd {
namespace {

enum class Trust : uint8_t { trusted, untrusted, unknown };

Trust trust(const ClientAuthorities& authorities, const ClientCertificate& certificate) {
  const std::vector<std::string>& digests = authorities.trusted_digests;
  if (std::find(digests.begin(), digests.end(), certificate.authority_digest) != digests.end()) return Trust::trusted;
  size_t named = (authorities.file.stated() ? 1U : 0U) + (authorities.path.stated() ? 1U : 0U);
  return digests.size() < named ? Trust::unknown : Trust::untrusted;
}

bool asks(ClientAuthentication mode) { return mode != ClientAuthentication::off; }

}  // namespace

ClientCertificateAnswer authenticate_client(const TlsSettings& tls, uint8_t versions,
                                            const std::optional<ClientCertificate>& certificate) {
  using Outcome = ClientCertificateAnswer::Outcome;
  ClientAuthentication mode = tls.client_authentication.value;
  if (!asks(mode)) return {};
  if (!certificate) {
    if (mode != ClientAuthentication::required) return {};
    return {Outcome::rejected, Reason::client_certificate_required,
            (versions & tls_version::tls1_3) != 0 ? "certificate_required" : "handshake_failure"};
  }
  switch (trust(tls.client_authorities, *certificate)) {
    case Trust::trusted: return {};
    case Trust::unknown: return {Outcome::unknowable, Reason::configuration_unknowable, {}};
    case Trust::untrusted: break;
  }
  if (mode == ClientAuthentication::optional_no_ca) return {};
  return {Outcome::rejected, Reason::client_certificate_untrusted, "unknown_ca"};
}

LateAnswer authenticate_late(const LateDemand& demand, const std::optional<ClientCertificate>& certificate) {
  bool needs = asks(demand.server) || asks(demand.location);
  bool requires_one = demand.server == ClientAuthentication::required || demand.location == ClientAuthentication::required;
  bool has = asks(demand.in_place);
  bool has_required = demand.in_place == ClientAuthentication::required;
  if (!needs || (has && (has_required || !requires_one))) return {};
  constexpr int forbidden = 403;
  if (demand.protocol == Protocol::h2) return {true, 0};  // RST_STREAM with HTTP_1_1_REQUIRED
  if ((demand.versions & tls_version::tls1_3) != 0) return {true, forbidden};
  // TLS 1.2 renegotiates.
  if (demand.authorities_differ) return {requires_one, forbidden};
  if (!requires_one) return {};
  bool trusted = certificate && trust(demand.asked.client_authorities, *certificate) == Trust::trusted;
  return {!trusted, 0};
}

}  // namespace astray::httpd
