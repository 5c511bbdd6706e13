#include "servers/istio/credentials.h"

#include <fmt/format.h>

#include <array>

#include "tls/base64.h"
#include "tls/certificate_file.h"

namespace astray::istio {
namespace {

using envoy::field;
using envoy::place;
using envoy::text;

/// A Secret's value: of `stringData` as it is, of `data` decoded.
std::string secret_value(const Node* secret, std::string_view key) {
  if (std::string plain = text(field(secret, "string_data"), key); !plain.empty()) return plain;
  return decode_base64(text(field(secret, "data"), key)).value_or("");
}

const kubernetes::Object* secret_of(const std::string& name, const kubernetes::Object& gateway,
                                    const Reading& reading) {
  const auto found = reading.mesh.secrets.find(gateway.name_space + "/" + name);
  return found == reading.mesh.secrets.end() ? nullptr : found->second;
}

CertificateUse from_secret(const Node* credential, const kubernetes::Object& gateway, const Reading& reading) {
  CertificateUse use;
  use.span = credential->place;
  use.path = fmt::format("Secret {}/{}", gateway.name_space, credential->text);
  const kubernetes::Object* secret = secret_of(credential->text, gateway, reading);
  if (secret == nullptr) {
    use.provenance = Provenance::unknowable;
    reading.warning(use.span, fmt::format("{} is not among these objects, so the certificate is not known; expected "
                                          "it in the namespace of the gateway's pods, which is taken to be the "
                                          "Gateway's",
                                          use.path));
    return use;
  }
  for (const std::string_view key : {"tls.crt", "cert"}) {
    const std::string bytes = secret_value(secret->node, key);
    if (bytes.empty()) continue;
    if (auto read = read_certificate_bytes(bytes, use.path))
      use.certificate = *read;
    else
      reading.error(secret->node->place, read.error().message);
    return use;
  }
  reading.error(secret->node->place, fmt::format("{} has neither tls.crt nor cert", use.path));
  return use;
}

CertificateUse from_file(const Node* path, const Node* key, const Reading& reading) {
  CertificateUse use;
  use.span = path->place;
  use.path = resolve_path(reading.folder, path->text);
  if (key != nullptr) use.key_path = resolve_path(reading.folder, key->text);
  if (auto read = reading.options.certificates.load(use.path))
    use.certificate = *read;
  else
    reading.error(use.span, read.error().message);
  return use;
}

void take_certificates(const Node* tls, const kubernetes::Object& gateway, const Reading& reading, TlsSettings& into) {
  if (const Node* credential = field(tls, "credential_name"))
    into.certificates.push_back(from_secret(credential, gateway, reading));
  for (const Node* credential : envoy::items(tls, "credential_names"))
    into.certificates.push_back(from_secret(credential, gateway, reading));
  if (const Node* path = field(tls, "server_certificate"))
    into.certificates.push_back(from_file(path, field(tls, "private_key"), reading));
}

void take_versions(const Node* tls, TlsSettings& into) {
  constexpr std::array<std::pair<std::string_view, uint8_t>, 4> names = {{{"TLSV1_0", tls_version::tls1_0},
                                                                          {"TLSV1_1", tls_version::tls1_1},
                                                                          {"TLSV1_2", tls_version::tls1_2},
                                                                          {"TLSV1_3", tls_version::tls1_3}}};
  uint8_t least = tls_version::tls1_2;
  uint8_t most = tls_version::tls1_3;
  const Node* stated = nullptr;
  for (const auto& [name, bit] : names) {
    if (text(tls, "min_protocol_version") == name) {
      least = bit;
      stated = field(tls, "min_protocol_version");
    }
    if (text(tls, "max_protocol_version") == name) {
      most = bit;
      stated = field(tls, "max_protocol_version");
    }
  }
  for (const auto& [name, bit] : names)
    if (bit >= least && bit <= most) into.versions.value |= bit;
  if (stated == nullptr) return;
  into.versions.span = stated->place;
  into.versions.provenance = Provenance::set;
}

/// caCertificates, or `ca.crt` or `cacert` of the credential's Secret or of the one with "-cacert" behind its name.
void take_authorities(const Node* tls, const kubernetes::Object& gateway, const Reading& reading, TlsSettings& into) {
  const auto keep = [&](const AuthoritiesResult& read, const std::string& path, SourceSpan span) {
    into.client_authorities.file = {path, span, Provenance::set};
    if (!read) return reading.error(span, read.error().message);
    into.client_authorities.digest = to_hex((*read)->digest);
    into.client_authorities.trusted_digests = {*into.client_authorities.digest};
    into.client_authorities.sets = {*read};
  };
  if (const Node* path = field(tls, "ca_certificates")) {
    const std::string file = resolve_path(reading.folder, path->text);
    return keep(reading.options.certificates.load_authorities(file), file, path->place);
  }
  const Node* credential = field(tls, "credential_name");
  into.client_authorities.file = {"", place(tls), Provenance::unknowable};
  if (credential == nullptr) return;
  for (const std::string& secret_name : {credential->text + "-cacert", credential->text}) {
    const kubernetes::Object* secret = secret_of(secret_name, gateway, reading);
    if (secret == nullptr) continue;
    for (const std::string_view key : {"ca.crt", "cacert"}) {
      const std::string bytes = secret_value(secret->node, key);
      const std::string path = fmt::format("Secret {}/{}", gateway.name_space, secret_name);
      if (!bytes.empty()) return keep(read_authorities_bytes(bytes, path), path, credential->place);
    }
  }
}

}  // namespace

void take_tls(const Node* tls, const kubernetes::Object& gateway, const Reading& reading, envoy::Chain& chain) {
  TlsSettings& into = chain.tls.emplace();
  into.enabled = {true, place(tls), Provenance::set};
  into.session_tickets.value = true;
  take_versions(tls, into);
  std::string ciphers;
  for (const std::string& cipher : envoy::texts(tls, "cipher_suites")) ciphers += (ciphers.empty() ? "" : ":") + cipher;
  if (!ciphers.empty()) into.ciphers = {ciphers, place(field(tls, "cipher_suites")), Provenance::set};
  chain.alpn = {"h2", "http/1.1"};
  const std::string mode = text(tls, "mode");
  const SourceSpan mode_place = place(field(tls, "mode"));
  if (mode == "ISTIO_MUTUAL") {
    CertificateUse& use = into.certificates.emplace_back();
    use.path = "(the mesh's certificate of the workload)";
    use.span = mode_place;
    use.provenance = Provenance::unknowable;
    into.client_authentication = {ClientAuthentication::required, mode_place, Provenance::set};
    into.client_authorities.file = {"", mode_place, Provenance::unknowable};
    return;
  }
  take_certificates(tls, gateway, reading, into);
  if (into.certificates.empty())
    reading.error(place(tls), "this server terminates TLS and names no certificate; expected credentialName, or "
                              "serverCertificate and privateKey");
  if (mode != "MUTUAL" && mode != "OPTIONAL_MUTUAL") return;
  into.client_authentication = {
      mode == "MUTUAL" ? ClientAuthentication::required : ClientAuthentication::optional, mode_place, Provenance::set};
  chain.checks_client_name = field(tls, "subject_alt_names") != nullptr;
  take_authorities(tls, gateway, reading, into);
}

}  // namespace astray::istio
