#include "servers/astray/virtual_host.h"

#include <algorithm>

#include "gateway/configuration/check_parts.h"
#include "gateway/log/log_format.h"
#include "servers/astray/back_edges.h"

namespace astray::own_gateway {
namespace {

using gateway::ClientCertificateMode;
using gateway::Placed;
using gateway::TlsVersion;
using gateway::VirtualHostSettings;

NamedPattern pattern_of(const Placed<gateway::NamePattern>& name) {
  const PatternKind kind = name.value.below ? PatternKind::leading_wildcard : PatternKind::exact;
  return {{kind, name.value.host.text()}, name.place};
}

Setting<ClientAuthentication> mode_of(const VirtualHostSettings& settings) {
  switch (settings.client_authentication.mode) {
    case ClientCertificateMode::none:
      break;
    case ClientCertificateMode::optional:
      return {ClientAuthentication::optional, settings.name.place, Provenance::set};
    case ClientCertificateMode::required:
      return {ClientAuthentication::required, settings.name.place, Provenance::set};
  }
  return {ClientAuthentication::off, {}, Provenance::default_value};
}

void take_clients(const VirtualHostSettings& settings, CertificateSource& certificates, TlsSettings& tls) {
  const gateway::ClientAuthenticationSettings& clients = settings.client_authentication;
  tls.client_authentication = mode_of(settings);
  tls.verify_depth =
      setting_of(static_cast<int>(clients.depth),
                 static_cast<int>(gateway::ClientAuthenticationSettings{}.depth), settings.name.place);
  if (!clients.authorities) return;
  tls.client_authorities.file = {clients.authorities->value.text, clients.authorities->place,
                                 Provenance::set};
  const AuthoritiesResult read = certificates.load_authorities(clients.authorities->value.text);
  if (!read) return;
  tls.client_authorities.digest = to_hex((*read)->digest);
  tls.client_authorities.trusted_digests = {*tls.client_authorities.digest};
  tls.client_authorities.sets = {*read};
}

Setting<uint8_t> versions_of(const gateway::TlsPolicySettings& tls, SourceSpan section) {
  uint8_t versions = 0;
  if (tls.minimum.value == TlsVersion::tls1_2) versions |= tls_version::tls1_2;
  if (tls.maximum == TlsVersion::tls1_3) versions |= tls_version::tls1_3;
  constexpr uint8_t both = tls_version::tls1_2 | tls_version::tls1_3;
  return setting_of(versions, both, tls.minimum.place.known() ? tls.minimum.place : section);
}

/// Names of TLS 1.3's begin with TLS_ (RFC 8446 §B.4), those of OpenSSL for older versions never do.
void take_ciphers(const VirtualHostSettings& settings, TlsSettings& tls) {
  for (const gateway::PlainText& cipher : settings.tls.ciphers) {
    Setting<std::string>& list = cipher.text.starts_with("TLS_") ? tls.ciphersuites : tls.ciphers;
    if (!list.value.empty()) list.value += ':';
    list.value += cipher.text;
    list.span = settings.name.place;
    list.provenance = Provenance::set;
  }
}

TlsSettings tls_of(const VirtualHostSettings& settings, CertificateSource& certificates) {
  TlsSettings tls;
  tls.enabled = {true, settings.name.place, Provenance::set};
  for (const gateway::CertificateFiles& files : settings.certificates) {
    CertificateUse& use = tls.certificates.emplace_back();
    use.path = files.certificate.value.text;
    use.key_path = files.key.value.text;
    use.span = files.certificate.place;
    if (CertificateResult read = certificates.load(use.path)) use.certificate = std::move(*read);
  }
  tls.versions = versions_of(settings.tls, settings.name.place);
  take_ciphers(settings, tls);
  take_clients(settings, certificates, tls);
  // For audits, which fold virtual hosts that nothing tells apart: this one is apart from every other.
  if (settings.coalesce == gateway::Coalescing::never)
    tls.other.push_back("coalesce: never for " + settings.name.value.text);
  tls.session_tickets = {true, {}, Provenance::default_value};
  return tls;
}

bool names_sni(std::string_view format) {
  constexpr std::string_view field = "astray.tls.sni";
  if (!format.starts_with("json")) return format.find("{astray.tls.sni}") != std::string_view::npos;
  return format.find("-" + std::string(field)) == std::string_view::npos;
}

}  // namespace

VirtualHost model_of(const gateway::Configuration& configuration, const VirtualHostSettings& settings,
                     CertificateSource& certificates, const Setting<int>& at_root) {
  VirtualHost host;
  host.span = settings.name.place;
  for (const Placed<gateway::NamePattern>& name : settings.names) host.names.push_back(pattern_of(name));
  const auto listeners = gateway::listeners_of(configuration, settings);
  const bool has_tls = std::any_of(listeners.begin(), listeners.end(),
                                   [](const gateway::ListenerSettings* each) { return each->tls; });
  if (has_tls) host.tls = tls_of(settings, certificates);
  const auto& protocols = settings.protocols;
  const bool has_h2 =
      std::find(protocols.begin(), protocols.end(), gateway::HttpVersion::h2) != protocols.end();
  host.http2 = setting_of(has_h2, true, settings.name.place);
  host.fixed_status = at_root;
  if (const auto& log = configuration.operation.access_log)
    host.access_logs.push_back(
        {log->format.place, log->format.value.text, names_sni(log->format.value.text), true});
  host.back_edges = back_edges(configuration, settings);
  return host;
}

}  // namespace astray::own_gateway
