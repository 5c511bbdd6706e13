#include "servers/httpd/tls_merge.h"

#include <fmt/format.h>

#include "servers/httpd/inherit.h"
#include "servers/model/file_source.h"

namespace astray::httpd {
namespace {

constexpr uint8_t default_versions =
    tls_version::tls1_0 | tls_version::tls1_1 | tls_version::tls1_2 | tls_version::tls1_3;
constexpr int default_depth = 1;

/// A file list of a section replaces the main server's entry by entry; what the main server has beyond stays.
struct MergedPath {
  const PathStatement* statement;
  Provenance provenance;
};
std::vector<MergedPath> merge_paths(const std::vector<PathStatement>& own,
                                    const std::vector<PathStatement>& outer) {
  std::vector<MergedPath> merged;
  for (const PathStatement& path : own) merged.push_back({&path, Provenance::set});
  for (size_t i = own.size(); i < outer.size(); ++i) merged.push_back({&outer[i], Provenance::inherited});
  return merged;
}

const std::vector<PathStatement> no_paths;

void merge_certificates(TlsSettings& tls, const TlsStatements& own, const TlsStatements* outer) {
  auto certificates = merge_paths(own.certificate_files, outer ? outer->certificate_files : no_paths);
  auto keys = merge_paths(own.key_files, outer ? outer->key_files : no_paths);
  for (size_t i = 0; i < certificates.size(); ++i) {
    CertificateUse use;
    use.path = certificates[i].statement->path;
    if (i < keys.size()) use.key_path = keys[i].statement->path;
    use.span = certificates[i].statement->span;
    use.provenance = certificates[i].provenance;
    tls.certificates.push_back(std::move(use));
  }
  for (size_t i = certificates.size(); i < keys.size(); ++i)
    tls.other.push_back(fmt::format("SSLCertificateKeyFile {}", keys[i].statement->path));
}

/// mod_md gives its certificate to the section whose ServerName or ServerAlias it manages.
void add_managed_certificate(TlsSettings& tls, const ServerStatements& own, const Surroundings& around) {
  const ManagedDomain* domain = own.name ? around.managed.find(own.name->pattern.text) : nullptr;
  for (size_t i = 0; i < own.aliases.size() && domain == nullptr; ++i)
    if (own.aliases[i].pattern.kind == PatternKind::exact)
      domain = around.managed.find(own.aliases[i].pattern.text);
  if (domain == nullptr) return;
  CertificateUse use;
  use.path = resolve_path(around.server_root, fmt::format("{}/domains/{}/pubcert.pem",
                                                          around.global.managed_store, domain->names[0]));
  use.span = domain->span;
  use.provenance = Provenance::unknowable;
  tls.certificates.push_back(std::move(use));
}

/// Without SSLEngine, TLS is on where the section's protocol is https and it has a certificate. A Listen of
/// the very address gives its protocol to the section.
void imply_engine(TlsSettings& tls, const ServerStatements& own, const Surroundings& around) {
  if (tls.enabled.provenance != Provenance::default_value || tls.certificates.empty()) return;
  Setting<std::string> protocol = inherit(own.protocol, around.main.protocol);
  SourceSpan says = protocol.span;
  bool https = protocol.value == "https";
  if (protocol.provenance == Provenance::default_value) {
    const ListenStatement* first = nullptr;
    for (const AddressStatement& address : own.addresses) {
      for (const ListenStatement& listen : around.global.listens)
        if (first == nullptr && listen.ip == address.ip && listen.port.number() == address.port)
          first = &listen;
    }
    https = first != nullptr && first->protocol == "https";
    if (first != nullptr) says = first->span;
  }
  if (https) tls.enabled = {true, says, Provenance::inherited};
}

void add_other(TlsSettings& tls, std::string_view name, const Setting<std::string>& setting) {
  if (setting.stated()) tls.other.push_back(fmt::format("{} {}", name, setting.value));
}

}  // namespace

TlsSettings merge_tls(const ServerStatements& own_server, const Surroundings& around) {
  const TlsStatements& own = own_server.tls;
  const TlsStatements& outer = around.main.tls;
  bool is_main = &own_server == &around.main;
  TlsSettings tls;
  tls.enabled = inherit(own.engine, outer.engine);
  merge_certificates(tls, own, is_main ? nullptr : &outer);
  imply_engine(tls, own_server, around);
  if (tls.enabled.value) add_managed_certificate(tls, own_server, around);
  tls.versions = inherit(own.versions, outer.versions, default_versions);
  tls.ciphers = inherit(own.ciphers, outer.ciphers);
  tls.ciphersuites = inherit(own.ciphersuites, outer.ciphersuites);
  tls.client_authentication = inherit(own.verify_client, outer.verify_client);
  tls.client_authorities.file = inherit(own.authorities_file, outer.authorities_file);
  tls.client_authorities.path = inherit(own.authorities_path, outer.authorities_path);
  tls.verify_depth = inherit(own.verify_depth, outer.verify_depth, default_depth);
  tls.session_tickets = inherit(own.session_tickets, outer.session_tickets, true);
  tls.session_ticket_keys = inherit(own.ticket_keys, outer.ticket_keys);
  tls.session_cache = around.global.session_cache;
  if (tls.session_cache.stated() && !is_main) tls.session_cache.provenance = Provenance::inherited;

  Setting<std::string> revocation_file = inherit(own.revocation_file, outer.revocation_file);
  Setting<std::string> revocation_path = inherit(own.revocation_path, outer.revocation_path);
  tls.revocation_list = revocation_file.stated() ? revocation_file : revocation_path;
  if (revocation_file.stated()) add_other(tls, "SSLCARevocationPath", revocation_path);
  Setting<std::string> check = inherit(own.revocation_check, outer.revocation_check);
  if (check.value != "none") add_other(tls, "SSLCARevocationCheck", check);
  add_other(tls, "SSLCADNRequestFile", inherit(own.names_file, outer.names_file));
  add_other(tls, "SSLCADNRequestPath", inherit(own.names_path, outer.names_path));
  Setting<std::string> ocsp = inherit(own.ocsp, outer.ocsp);
  if (ocsp.value != "off") add_other(tls, "SSLOCSPEnable", ocsp);
  add_other(tls, "SSLOCSPOverrideResponder", inherit(own.ocsp_override, outer.ocsp_override));
  add_other(tls, "SSLOCSPDefaultResponder", inherit(own.ocsp_responder, outer.ocsp_responder));
  add_other(tls, "SSLSRPVerifierFile", inherit(own.srp_verifier, outer.srp_verifier));
  if (!is_main)
    for (const std::string& command : outer.openssl_commands)
      tls.other.push_back("SSLOpenSSLConfCmd " + command);
  for (const std::string& command : own.openssl_commands) tls.other.push_back("SSLOpenSSLConfCmd " + command);
  return tls;
}

}  // namespace astray::httpd
