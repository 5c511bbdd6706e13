#include "servers/nginx/tls.h"

#include <fmt/format.h>

#include <unordered_set>

#include "servers/nginx/expression.h"
#include "servers/nginx/versions.h"

namespace astray::nginx {
namespace {

// "data:…" is the certificate itself, the others name a token or a store: there is no file to open.
bool names_no_file(std::string_view path) {
  return path.starts_with("data:") || path.starts_with("engine:") || path.starts_with("store:");
}

std::string absolute(const Reading& reading, std::string_view path) {
  if (names_no_file(path) || has_variables(path)) return std::string(path);
  return reading.files.locate(resolve_path(reading.conf_prefix, path));
}

uint8_t default_versions(Version version) {
  uint8_t versions = tls_version::tls1_2;
  if (tls1_3_is_default(version)) versions |= tls_version::tls1_3;
  if (old_tls_is_default(version)) versions |= tls_version::tls1_0 | tls_version::tls1_1;
  return versions;
}

Setting<uint8_t> read_versions(const Scope& scope, const Reading& reading) {
  const Scope::FoundAll stated = scope.find_all(Keyword::ssl_protocols);
  Setting<uint8_t> versions{default_versions(reading.version), {}, Provenance::default_value};
  if (stated.ids.empty()) return versions;
  versions = {0, reading.tree.span(stated.ids.front()), stated.provenance};
  for (const DirectiveId id : stated.ids) {
    for (const Word& word : reading.tree.arguments(id)) {
      if (word.text == "SSLv3")
        versions.value |= tls_version::ssl3;
      else if (word.text == "TLSv1")
        versions.value |= tls_version::tls1_0;
      else if (word.text == "TLSv1.1")
        versions.value |= tls_version::tls1_1;
      else if (word.text == "TLSv1.2")
        versions.value |= tls_version::tls1_2;
      else if (word.text == "TLSv1.3")
        versions.value |= tls_version::tls1_3;
      else if (word.text != "SSLv2")
        reading.problems.error(
            reading.tree.span(id, word),
            fmt::format("invalid value \"{}\" in \"ssl_protocols\": expecting SSLv3, TLSv1, TLSv1.1, "
                        "TLSv1.2 or TLSv1.3; left out",
                        word.text));
    }
  }
  return versions;
}

Setting<ClientAuthentication> read_verify_client(const Scope& scope, const Reading& reading) {
  const Scope::Found found = scope.find(Keyword::ssl_verify_client);
  if (!found) return {};
  const std::string_view value = reading.tree.argument(found.id, 0);
  Setting<ClientAuthentication> mode{ClientAuthentication::off, reading.tree.span(found.id),
                                     found.provenance};
  if (value == "on")
    mode.value = ClientAuthentication::required;
  else if (value == "optional")
    mode.value = ClientAuthentication::optional;
  else if (value == "optional_no_ca")
    mode.value = ClientAuthentication::optional_no_ca;
  else if (value != "off") {
    mode.provenance = Provenance::unknowable;
    reading.problems.error(mode.span,
                           fmt::format("invalid value \"{}\" in \"ssl_verify_client\": expecting on, off, "
                                       "optional or optional_no_ca; nginx will not start",
                                       value));
  }
  return mode;
}

std::vector<CertificateUse> read_certificates(const Scope& scope, const Reading& reading) {
  const DirectiveTree& tree = reading.tree;
  const Scope::FoundAll stated = scope.find_all(Keyword::ssl_certificate);
  const Scope::FoundAll keys = scope.find_all(Keyword::ssl_certificate_key);
  // A Lua handler may put another certificate in the place of the configured one.
  Scope::Found lua;
  for (const Keyword keyword : {Keyword::ssl_certificate_by_lua_block, Keyword::ssl_certificate_by_lua_file})
    if (!lua) lua = scope.find(keyword);
  std::vector<CertificateUse> uses;
  for (size_t i = 0; i < stated.ids.size(); ++i) {
    const DirectiveId id = stated.ids[i];
    const std::string_view path = tree.argument(id, 0);
    if (path.empty()) {
      reading.problems.error(tree.span(id), "\"ssl_certificate\" without a path; left out");
      continue;
    }
    CertificateUse use;
    use.path = absolute(reading, path);
    if (i < keys.ids.size()) use.key_path = absolute(reading, tree.argument(keys.ids[i], 0));
    use.span = tree.span(id);
    use.provenance = lua || has_variables(path) ? Provenance::unknowable : stated.provenance;
    if (use.provenance != Provenance::unknowable)
      use.certificate = reading.certificates.load(use.path, use.span, reading.problems);
    uses.push_back(std::move(use));
  }
  if (stated.ids.size() > keys.ids.size() && !stated.ids.empty())
    reading.problems.error(
        tree.span(stated.ids.back()),
        fmt::format("no \"ssl_certificate_key\" is defined for certificate \"{}\"; nginx will not "
                    "start",
                    tree.argument(stated.ids.back(), 0)));
  return uses;
}

void read_client_authorities(const Scope& scope, const Reading& reading, TlsSettings& tls) {
  tls.client_authorities.file = scope.text(Keyword::ssl_client_certificate, "");
  const Setting<std::string> trusted = scope.text(Keyword::ssl_trusted_certificate, "");
  const ClientAuthentication mode = tls.client_authentication.value;
  if (mode == ClientAuthentication::off) return;

  // nginx trusts what stands in either file (ngx_ssl_client_certificate, ngx_ssl_trusted_certificate).
  std::vector<std::string>& digests = tls.client_authorities.trusted_digests;
  bool all_are_read = true;
  const Setting<std::string>& client = tls.client_authorities.file;
  for (const Setting<std::string>* file : {&client, &trusted}) {
    if (file->value.empty()) continue;
    std::shared_ptr<const CertificateAuthorities> set =
        reading.certificates.authorities(absolute(reading, file->value), file->span, reading.problems);
    all_are_read = all_are_read && set;
    if (!set) continue;
    digests.push_back(to_hex(set->digest));
    tls.client_authorities.sets.push_back(std::move(set));
  }
  if (all_are_read && !digests.empty()) {
    std::string all;
    for (const std::string& digest : digests) all += (all.empty() ? "" : "+") + digest;
    tls.client_authorities.digest = std::move(all);
  }
  const bool has_authorities =
      !tls.client_authorities.file.value.empty() ||
      (!trusted.value.empty() && client_certificate_directive_is_optional(reading.version));
  if (mode != ClientAuthentication::optional_no_ca && !has_authorities)
    reading.problems.error(
        tls.client_authentication.span,
        "no \"ssl_client_certificate\" for \"ssl_verify_client\": nginx will not start; name the file "
        "of CA certificates that client certificates are verified against");
}

void read_conf_commands(const Scope& scope, const Reading& reading, TlsSettings& tls) {
  const Scope::FoundAll commands = scope.find_all(Keyword::ssl_conf_command);
  for (const DirectiveId id : commands.ids) {
    const std::string_view name = reading.tree.argument(id, 0);
    const std::string_view value = reading.tree.argument(id, 1);
    if (name == "Ciphersuites")
      tls.ciphersuites = {std::string(value), reading.tree.span(id), commands.provenance};
    else
      tls.other.push_back(fmt::format("{} {}", name, value));
  }
}

}  // namespace

void CertificateLoader::preload(const Reading& reading) {
  std::vector<std::string> paths;
  std::unordered_set<std::string_view> seen;
  for (size_t i = 0; i < reading.tree.size(); ++i) {
    const auto id = static_cast<DirectiveId>(i);
    if (reading.tree.at(id).keyword != Keyword::ssl_certificate) continue;
    const std::string_view path = reading.tree.argument(id, 0);
    if (path.empty() || names_no_file(path) || has_variables(path) || !seen.insert(path).second) continue;
    paths.push_back(absolute(reading, path));
  }
  source_.preload(paths);
}

std::shared_ptr<const Certificate> CertificateLoader::load(const std::string& path, SourceSpan span,
                                                           Problems& problems) {
  const auto [entry, is_new] = loaded_.try_emplace(path);
  if (!is_new) return entry->second;
  CertificateResult result = source_.load(path);
  if (result)
    entry->second = std::move(*result);
  else
    problems.error(span, fmt::format("the certificate's names stay unknown: {}", result.error().message));
  return entry->second;
}

std::shared_ptr<const CertificateAuthorities> CertificateLoader::authorities(const std::string& path,
                                                                             SourceSpan span,
                                                                             Problems& problems) {
  const auto [entry, is_new] = authorities_.try_emplace(path);
  if (!is_new) return entry->second;
  AuthoritiesResult result = source_.load_authorities(path);
  if (result)
    entry->second = std::move(*result);
  else
    problems.error(span, fmt::format("whom client certificates must come from stays unknown: {}",
                                     result.error().message));
  return entry->second;
}

TlsSettings read_tls(const Scope& scope, const Reading& reading) {
  TlsSettings tls;
  tls.certificates = read_certificates(scope, reading);
  tls.versions = read_versions(scope, reading);
  tls.ciphers = scope.text(Keyword::ssl_ciphers, "HIGH:!aNULL:!MD5");
  read_conf_commands(scope, reading, tls);
  tls.client_authentication = read_verify_client(scope, reading);
  read_client_authorities(scope, reading, tls);
  tls.verify_depth = scope.number(Keyword::ssl_verify_depth, 1, reading.problems);
  tls.revocation_list = scope.text(Keyword::ssl_crl, "");
  tls.session_tickets = scope.flag(Keyword::ssl_session_tickets, true, reading.problems);
  const Scope::FoundAll ticket_keys = scope.find_all(Keyword::ssl_session_ticket_key);
  for (const DirectiveId id : ticket_keys.ids) {
    if (tls.session_ticket_keys.value.empty())
      tls.session_ticket_keys = {"", reading.tree.span(id), ticket_keys.provenance};
    else
      tls.session_ticket_keys.value += ' ';
    tls.session_ticket_keys.value += reading.tree.argument(id, 0);
  }
  tls.session_cache = scope.text(Keyword::ssl_session_cache, "none");
  tls.reject_handshake = scope.flag(Keyword::ssl_reject_handshake, false, reading.problems);
  return tls;
}

}  // namespace astray::nginx
