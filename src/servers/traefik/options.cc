#include "servers/traefik/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tls/certificate_file.h"

namespace astray::traefik {
namespace {

/// Go's servers refuse TLS 1.0 and 1.1 unless told otherwise since Go 1.22, which 2.11 is built with.
constexpr Version tls1_2_is_least{2, 11, 0};

constexpr std::array<std::pair<std::string_view, uint8_t>, 4> version_names = {{{"VersionTLS10", tls_version::tls1_0},
                                                                                {"VersionTLS11", tls_version::tls1_1},
                                                                                {"VersionTLS12", tls_version::tls1_2},
                                                                                {"VersionTLS13", tls_version::tls1_3}}};

bool is_inline(std::string_view text) {
  return text.find("-----BEGIN ") != std::string_view::npos;
}

std::string inline_name(const Node* node, Reading& reading) {
  return fmt::format("inline:{}", reading.deployment().files.describe(node->place));
}

CertificateUse read_certificate(const Node* owner, Reading& reading) {
  CertificateUse use;
  const Node* file = field(owner, "certFile");
  use.span = place(file != nullptr ? file : owner);
  if (const std::string key = text(owner, "keyFile"); !key.empty() && !is_inline(key)) use.key_path = reading.absolute(key);
  const std::string written = text(owner, "certFile");
  if (written.empty() || is_filled_in(written)) {
    use.path = written.empty() ? "(none)" : written;
    use.provenance = Provenance::unknowable;
    if (const std::string secret = text(owner, "missingSecret"); !secret.empty()) use.path = secret;
    reading.warning(use.span, fmt::format("which certificate this is cannot be told ({}); expected a certFile with a path "
                                          "or a certificate, or the Secret among these objects",
                                          use.path));
    return use;
  }
  use.path = is_inline(written) ? inline_name(file, reading) : reading.absolute(written);
  if (auto read = is_inline(written) ? read_certificate_bytes(written, use.path)
                                     : reading.options().certificates.load(use.path))
    use.certificate = *read;
  else
    reading.error(use.span, read.error().message);
  return use;
}

void take_versions(const Node* node, Reading& reading, TlsOptions& options) {
  TlsSettings& tls = options.settings;
  uint8_t least = reading.version() < tls1_2_is_least ? tls_version::tls1_0 : tls_version::tls1_2;
  uint8_t most = tls_version::tls1_3;
  const Node* stated = nullptr;
  for (const std::string_view which : {"minVersion", "maxVersion"}) {
    const Node* version = field(node, which);
    if (version == nullptr || !version->is_text() || version->text.empty()) continue;
    const auto known = std::ranges::find(version_names, version->text, &std::pair<std::string_view, uint8_t>::first);
    if (known == version_names.end()) {
      reading.warning(version->place, fmt::format("{} is \"{}\", which Traefik leaves out; expected VersionTLS10, "
                                                  "VersionTLS11, VersionTLS12 or VersionTLS13",
                                                  which, version->text));
      continue;
    }
    (which == "minVersion" ? least : most) = known->second;
    stated = version;
  }
  for (const auto& [name, bit] : version_names)
    if (bit >= least && bit <= most) tls.versions.value |= bit;
  if (stated == nullptr) return;
  tls.versions.span = stated->place;
  tls.versions.provenance = Provenance::set;
}

/// Go's names of the modes; CA files alone stand for RequireAndVerifyClientCert.
void take_client_authentication(const Node* node, Reading& reading, TlsOptions& options) {
  TlsSettings& tls = options.settings;
  const Node* clients = field(node, "clientAuth");
  const std::string type = text(clients, "clientAuthType");
  take_authorities(clients, "caFiles", reading, tls.client_authorities);
  const bool has_authorities = tls.client_authorities.file.stated() || !tls.client_authorities.file.known();
  const SourceSpan span = place(field(clients, type.empty() ? "caFiles" : "clientAuthType"));
  if (has_authorities) tls.client_authentication = {ClientAuthentication::required, span, Provenance::set};
  if (type.empty()) return;
  if (type == "NoClientCert") {
    tls.client_authentication = {ClientAuthentication::off, span, Provenance::set};
  } else if (type == "RequestClientCert") {
    tls.client_authentication = {ClientAuthentication::optional_no_ca, span, Provenance::set};
  } else if (type == "RequireAnyClientCert") {
    tls.client_authentication = {ClientAuthentication::required, span, Provenance::set};
    options.any_client_certificate = true;
  } else if (type == "VerifyClientCertIfGiven" || type == "RequireAndVerifyClientCert") {
    tls.client_authentication = {type == "VerifyClientCertIfGiven" ? ClientAuthentication::optional
                                                                   : ClientAuthentication::required,
                                 span, Provenance::set};
    if (!has_authorities) options.broken = fmt::format("clientAuthType is {} and there are no caFiles", type);
  } else {
    options.broken = fmt::format("clientAuthType is \"{}\", which Traefik does not know", type);
  }
}

TlsOptions read_one(const Node* node, Reading& reading) {
  TlsOptions options;
  options.span = place(node);
  TlsSettings& tls = options.settings;
  tls.enabled = {true, options.span, Provenance::set};
  tls.session_tickets.value = true;
  if (const Node* off = field(node, "disableSessionTickets"); off != nullptr && flag(node, "disableSessionTickets", false))
    tls.session_tickets = {false, off->place, Provenance::set};
  take_versions(node, reading, options);
  std::string ciphers;
  for (const std::string& cipher : texts(node, "cipherSuites")) ciphers += (ciphers.empty() ? "" : ":") + cipher;
  if (!ciphers.empty()) tls.ciphers = {ciphers, place(field(node, "cipherSuites")), Provenance::set};
  for (const std::string& curve : texts(node, "curvePreferences")) tls.other.push_back("curvePreferences " + curve);
  take_client_authentication(node, reading, options);
  options.sni_strict = flag(node, "sniStrict", false);
  options.alpn = texts(node, "alpnProtocols");
  if (options.alpn.empty()) options.alpn = {"h2", "http/1.1", "acme-tls/1"};
  return options;
}

}  // namespace

void take_authorities(const Node* owner, std::string_view name, Reading& reading, ClientAuthorities& into) {
  const std::vector<const Node*> files = items(owner, name);
  std::vector<std::string> written;
  if (const Node* list = field(owner, name); list != nullptr && list->is_text() && !is_inline(list->text))
    written = texts(owner, name);
  else
    for (const Node* file : files) written.push_back(file->is_text() ? file->text : std::string());
  if (written.empty()) return;
  const Node* first = files.front();
  std::string shown;
  bool all_read = true;
  for (const std::string& text : written) {
    if (text.empty() || is_filled_in(text)) {
      into.file = {"", first->place, Provenance::unknowable};
      return;
    }
    const std::string path = is_inline(text) ? inline_name(first, reading) : reading.absolute(text);
    const AuthoritiesResult read = is_inline(text) ? read_authorities_bytes(text, path)
                                                   : reading.options().certificates.load_authorities(path);
    shown += (shown.empty() ? "" : " ") + path;
    if (!read) {
      reading.error(first->place, read.error().message);
      all_read = false;
      continue;
    }
    into.sets.push_back(*read);
    into.trusted_digests.push_back(to_hex((*read)->digest));
  }
  into.file = {shown, first->place, Provenance::set};
  if (!all_read) return;
  // One pool of all files: of several, their digests together stand for its content.
  std::vector<std::string> sorted = into.trusted_digests;
  std::ranges::sort(sorted);
  std::string digest;
  for (const std::string& each : sorted) digest += each;
  into.digest = digest;
}

std::map<std::string, TlsOptions, std::less<>> read_options(const Definitions& definitions, Reading& reading) {
  std::map<std::string, TlsOptions, std::less<>> all;
  for (const auto& [name, definition] : definitions.tls_options) {
    TlsOptions& options = all[name] = read_one(definition.node, reading);
    if (!options.span.known()) options.span = definition.span;
    if (!options.broken.empty())
      reading.error(definition.span, fmt::format("TLS options {} cannot be used: {}; Traefik closes every connection that "
                                                 "they are chosen for",
                                                 name, options.broken));
  }
  if (!all.contains("default")) all["default"] = read_one(nullptr, reading);
  return all;
}

std::vector<CertificateUse> read_certificates(const Definitions& definitions, Reading& reading) {
  std::vector<CertificateUse> uses;
  for (const Definition& definition : definitions.certificates) {
    const std::vector<std::string> stores = texts(definition.node, "stores");
    if (!stores.empty() && std::ranges::find(stores, "default") == stores.end()) {
      reading.warning(definition.span, fmt::format("this certificate is for the store {}, and Traefik uses the store "
                                                   "\"default\" alone",
                                                   stores.front()));
      continue;
    }
    uses.push_back(read_certificate(definition.node, reading));
  }
  return uses;
}

CertificateUse read_default_certificate(const Definitions& definitions, Reading& reading) {
  if (const Node* stated = field(definitions.default_store, "defaultCertificate")) return read_certificate(stated, reading);
  CertificateUse use;
  use.provenance = Provenance::unknowable;
  use.path = "(the certificate that Traefik makes for itself)";
  if (const Node* generated = field(definitions.default_store, "defaultGeneratedCert")) {
    use.path = fmt::format("(from the resolver {})", text(generated, "resolver"));
    use.span = generated->place;
  }
  return use;
}

}  // namespace astray::traefik
