#include "servers/envoy/tls_context.h"

#include <fmt/format.h>

#include <algorithm>

#include "tls/base64.h"
#include "tls/certificate_file.h"

namespace astray::envoy {
namespace {

constexpr size_t max_wrappings = 4;
/// The newest version whose servers accept TLS 1.0 unless told otherwise is 1.21 (release notes of 1.22.0).
constexpr Version tls1_2_is_least{1, 22, 0};

/// Where a DataSource has its bytes. Inline bytes count as a file that is named after their place.
struct DataSource {
  std::string path{};    ///< of a file
  std::string inlined{};  ///< the bytes themselves
  std::string other{};   ///< "environment variable X"
};

DataSource data_source(const Node* node) {
  DataSource data;
  data.path = text(node, "filename");
  data.inlined = text(node, "inline_string");
  if (const std::string bytes = text(node, "inline_bytes"); !bytes.empty())
    data.inlined = decode_base64(bytes).value_or("");
  if (const std::string variable = text(node, "environment_variable"); !variable.empty())
    data.other = "environment variable " + variable;
  return data;
}

std::string inline_name(const Deployment& deployment, SourceSpan span) {
  return fmt::format("inline:{}", deployment.files.describe(span));
}

CertificateUse certificate_use(const Node* certificate, Reading& reading) {
  CertificateUse use;
  const Node* chain = field(certificate, "certificate_chain");
  use.span = chain != nullptr ? chain->place : place(certificate);
  const DataSource key = data_source(field(certificate, "private_key"));
  if (!key.path.empty()) use.key_path = reading.absolute(key.path);
  const DataSource data = data_source(chain);
  if (!data.inlined.empty()) {
    use.path = inline_name(reading.deployment(), use.span);
    if (auto read = read_certificate_bytes(data.inlined, use.path))
      use.certificate = *read;
    else
      reading.error(use.span, read.error().message);
  } else if (!data.path.empty()) {
    use.path = reading.absolute(data.path);
    if (auto read = reading.certificates().load(use.path))
      use.certificate = *read;
    else
      reading.error(use.span, read.error().message);
  } else {
    use.path = data.other.empty() ? "(none)" : data.other;
    use.provenance = Provenance::unknowable;
    reading.warning(use.span, fmt::format("which certificate this is cannot be told: {}; expected a filename, "
                                          "inline_string or inline_bytes",
                                          data.other.empty() ? "it has no certificate_chain" : data.other));
  }
  return use;
}

/// The secret that an SdsSecretConfig names; nullptr where nothing at hand has it.
const Node* secret_of(const Node* sds, Reading& reading) {
  const std::string name = text(sds, "name");
  const Resources& resources = reading.resources();
  if (const auto known = resources.secrets.find(name); known != resources.secrets.end()) return known->second;
  const Node* source = field(sds, "sds_config");
  const std::string path = path_of(source);
  if (path.empty()) return nullptr;
  const Node* response = reading.load(path, place(source));
  for (const Node* resource : items(response, "resources"))
    if (text(resource, "name") == name || items(response, "resources").size() == 1) return resource;
  return nullptr;
}

void take_certificates(const Node* common, Reading& reading, TlsSettings& tls) {
  for (const Node* certificate : items(common, "tls_certificates"))
    tls.certificates.push_back(certificate_use(certificate, reading));
  for (const Node* sds : items(common, "tls_certificate_sds_secret_configs")) {
    const Node* secret = secret_of(sds, reading);
    if (const Node* certificate = field(secret, "tls_certificate")) {
      tls.certificates.push_back(certificate_use(certificate, reading));
      continue;
    }
    CertificateUse& use = tls.certificates.emplace_back();
    use.path = fmt::format("SDS secret {}", text(sds, "name"));
    use.span = sds->place;
    use.provenance = Provenance::unknowable;
    reading.warning(use.span,
                    fmt::format("the certificate is the secret {}, which comes by SDS and is in no file here; "
                                "a config_dump has it",
                                text(sds, "name")));
  }
}

std::optional<uint8_t> version_bit(std::string_view name) {
  if (name == "TLSv1_0") return tls_version::tls1_0;
  if (name == "TLSv1_1") return tls_version::tls1_1;
  if (name == "TLSv1_2") return tls_version::tls1_2;
  if (name == "TLSv1_3") return tls_version::tls1_3;
  return std::nullopt;
}

void take_parameters(const Node* common, Reading& reading, TlsSettings& tls) {
  const Node* params = field(common, "tls_params");
  const bool old = reading.deployment().version < tls1_2_is_least;
  uint8_t least = old ? tls_version::tls1_0 : tls_version::tls1_2;
  uint8_t most = tls_version::tls1_3;
  const auto stated_least = version_bit(text(params, "tls_minimum_protocol_version"));
  const auto stated_most = version_bit(text(params, "tls_maximum_protocol_version"));
  if (stated_least) least = *stated_least;
  if (stated_most) most = *stated_most;
  for (const uint8_t bit : {tls_version::tls1_0, tls_version::tls1_1, tls_version::tls1_2, tls_version::tls1_3})
    if (bit >= least && bit <= most) tls.versions.value |= bit;
  if (stated_least || stated_most) {
    tls.versions.span = place(params);
    tls.versions.provenance = Provenance::set;
  }
  std::string ciphers;
  for (const std::string& cipher : texts(params, "cipher_suites")) ciphers += (ciphers.empty() ? "" : ":") + cipher;
  if (!ciphers.empty()) tls.ciphers = {ciphers, place(field(params, "cipher_suites")), Provenance::set};
}

void take_clients(const Node* context, Reading& reading, Chain& chain) {
  const Node* required = field(context, "require_client_certificate");
  const PeerValidation validation = validation_of(field(context, "common_tls_context"), reading);
  TlsSettings& tls = *chain.tls;
  tls.client_authorities = validation.authorities;
  chain.checks_client_name = validation.matches_names;
  if (!validation.known)
    tls.client_authorities.file = {"", validation.span, Provenance::unknowable};
  if (flag(context, "require_client_certificate", false))
    tls.client_authentication = {ClientAuthentication::required, place(required), Provenance::set};
  else if (validation.verifies_chain || !validation.known)
    tls.client_authentication = {validation.accepts_untrusted ? ClientAuthentication::optional_no_ca
                                                              : ClientAuthentication::optional,
                                 validation.span, Provenance::set};
}

}  // namespace

TransportSocket transport_socket_of(const Node* owner) {
  const Node* socket = field(owner, "transport_socket");
  for (size_t depth = 0; socket != nullptr && depth < max_wrappings; ++depth) {
    const Node* config = field(socket, "typed_config");
    if (is_message(config, "DownstreamTlsContext") || is_message(config, "UpstreamTlsContext"))
      return {TransportSocket::Kind::tls, config, {}, socket->place};
    if (is_message(config, "RawBuffer") || text(socket, "name") == "envoy.transport_sockets.raw_buffer")
      return {TransportSocket::Kind::raw, nullptr, {}, socket->place};
    const Node* inner = field(config, "transport_socket");
    if (inner == nullptr) {
      std::string type = config != nullptr ? text(config, "@type") : text(socket, "name");
      return {TransportSocket::Kind::unknowable, nullptr, std::move(type), socket->place};
    }
    socket = inner;
  }
  return {};
}

PeerValidation validation_of(const Node* common, Reading& reading) {
  PeerValidation validation;
  const Node* context = field(common, "validation_context");
  const Node* sds = field(common, "validation_context_sds_secret_config");
  if (const Node* combined = field(common, "combined_validation_context")) {
    context = field(combined, "default_validation_context");
    sds = field(combined, "validation_context_sds_secret_config");
  }
  validation.span = place(context != nullptr ? context : sds);
  const Node* ca = field(context, "trusted_ca");
  if (sds != nullptr) {
    const Node* secret = field(secret_of(sds, reading), "validation_context");
    validation.known = secret != nullptr;
    if (ca == nullptr) ca = field(secret, "trusted_ca");
  }
  for (const char* name : {"match_typed_subject_alt_names", "match_subject_alt_names"}) {
    for (const Node* match : items(context, name)) {
      validation.matches_names = true;
      const Node* matcher = field(match, "matcher");
      const std::string exact = text(matcher != nullptr ? matcher : match, "exact");
      const std::string type = text(match, "san_type");
      if (!validation.exact_name && !exact.empty() && (type.empty() || type == "DNS"))
        validation.exact_name = exact;
    }
  }
  validation.accepts_untrusted = text(context, "trust_chain_verification") == "ACCEPT_UNTRUSTED";
  const DataSource data = data_source(ca);
  if (data.path.empty() && data.inlined.empty()) {
    validation.known = validation.known && data.other.empty();
    return validation;
  }
  validation.verifies_chain = true;
  const std::string path =
      data.path.empty() ? inline_name(reading.deployment(), ca->place) : reading.absolute(data.path);
  validation.authorities.file = {path, ca->place, Provenance::set};
  const AuthoritiesResult read = data.path.empty() ? read_authorities_bytes(data.inlined, path)
                                                   : reading.certificates().load_authorities(path);
  if (!read) {
    reading.error(ca->place, read.error().message);
    return validation;
  }
  validation.authorities.digest = to_hex((*read)->digest);
  validation.authorities.trusted_digests = {*validation.authorities.digest};
  validation.authorities.sets = {*read};
  return validation;
}

void take_front_tls(const Node* context, Reading& reading, Chain& chain) {
  TlsSettings& tls = chain.tls.emplace();
  const Node* common = field(context, "common_tls_context");
  tls.enabled = {true, place(context), Provenance::set};
  take_certificates(common, reading, tls);
  take_parameters(common, reading, tls);
  take_clients(context, reading, chain);
  chain.alpn = texts(common, "alpn_protocols");
  chain.full_scan = flag(context, "full_scan_certs_on_sni_mismatch", false);
  tls.session_tickets.value = true;
  if (flag(context, "disable_stateless_session_resumption", false))
    tls.session_tickets = {false, place(field(context, "disable_stateless_session_resumption")), Provenance::set};
  std::string keys;
  for (const Node* key : items(field(context, "session_ticket_keys"), "keys"))
    keys += (keys.empty() ? "" : " ") + text(key, "filename");
  if (!keys.empty()) tls.session_ticket_keys = {keys, place(field(context, "session_ticket_keys")), Provenance::set};
}

}  // namespace astray::envoy
