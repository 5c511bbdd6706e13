// mod_ssl's server settings. What stands in a <Location> or <Directory> does not belong to the handshake.
#include <fmt/format.h>

#include "base/ascii.h"
#include "servers/httpd/evaluator.h"

namespace astray::httpd {
namespace {

/// Keys of a token or an engine are no files.
bool is_file(std::string_view path) {
  return !path.starts_with("pkcs11:");
}

std::string path_of(const Scope& scope, std::string_view path) {
  return is_file(path) ? scope.shared.resolve(path) : std::string(path);
}

template <Setting<std::string> TlsStatements::*field>
void set_path(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  auto words = scope.words(directive, 1, 1);
  if (!words.empty()) scope.server.tls.*field = Scope::stated(path_of(scope, words[0]), directive);
}

template <Setting<std::string> TlsStatements::*field>
void set_text(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  std::string text;
  for (std::string_view word : scope.words(directive, 1, 16))
    text += fmt::format("{}{}", text.empty() ? "" : " ", word);
  if (!text.empty()) scope.server.tls.*field = Scope::stated(std::move(text), directive);
}

template <Setting<bool> TlsStatements::*field>
void set_flag(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  if (auto on = scope.flag(directive)) scope.server.tls.*field = Scope::stated(*on, directive);
}

template <std::vector<PathStatement> TlsStatements::*field>
void add_path(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  auto words = scope.words(directive, 1, 1);
  if (!words.empty()) (scope.server.tls.*field).push_back({path_of(scope, words[0]), directive.span});
}

void engine(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  auto words = scope.words(directive, 1, 1);
  if (words.empty()) return;
  bool on = ascii_iequals(words[0], "on");
  bool optional = ascii_iequals(words[0], "optional");
  if (optional)
    scope.warning(directive,
                  "SSLEngine optional (TLS by an HTTP Upgrade) is taken as off; httpd 2.4.64 removed it");
  if (!on && !optional && !ascii_iequals(words[0], "off"))
    return scope.error(
        directive,
        fmt::format("SSLEngine \"{}\" is neither on nor off; it is left out, and httpd refuses to start",
                    words[0]));
  scope.server.tls.engine = Scope::stated(on, directive);
}

void protocol(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  constexpr uint8_t all =
      tls_version::tls1_0 | tls_version::tls1_1 | tls_version::tls1_2 | tls_version::tls1_3;
  uint8_t versions = 0;
  for (std::string_view word : scope.words(directive, 1, 16)) {
    char action = word.starts_with('+') || word.starts_with('-') ? word[0] : '\0';
    std::string_view name = action != '\0' ? word.substr(1) : word;
    uint8_t bits = 0;
    // SSLv3 is compiled out of every OpenSSL that distributions ship, so `all` lacks it.
    if (ascii_iequals(name, "all"))
      bits = all;
    else if (ascii_iequals(name, "SSLv3"))
      bits = tls_version::ssl3;
    else if (ascii_iequals(name, "TLSv1"))
      bits = tls_version::tls1_0;
    else if (ascii_iequals(name, "TLSv1.1"))
      bits = tls_version::tls1_1;
    else if (ascii_iequals(name, "TLSv1.2"))
      bits = tls_version::tls1_2;
    else if (ascii_iequals(name, "TLSv1.3"))
      bits = tls_version::tls1_3;
    else if (!ascii_iequals(name, "SSLv2") || action != '-')
      return scope.error(
          directive,
          fmt::format("SSLProtocol has \"{}\"; expected all, TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3, each "
                      "with + or - in front or nothing; it is left out, and httpd refuses to start",
                      word));
    if (action == '-')
      versions = static_cast<uint8_t>(versions & ~bits);
    else if (action == '+')
      versions |= bits;
    else
      versions = bits;
  }
  if (versions == 0) scope.error(directive, "SSLProtocol leaves no version; httpd refuses to start");
  scope.server.tls.versions = Scope::stated(versions, directive);
}

void cipher_suite(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  auto words = scope.words(directive, 1, 2);
  if (words.empty()) return;
  std::string_view family = words.size() == 2 ? words[0] : "SSL";
  if (family == "SSL")
    scope.server.tls.ciphers = Scope::stated(std::string(words.back()), directive);
  else if (family == "TLSv1.3")
    scope.server.tls.ciphersuites = Scope::stated(std::string(words.back()), directive);
  else
    scope.error(
        directive,
        fmt::format("SSLCipherSuite \"{}\" is neither SSL nor TLSv1.3; it is left out, and httpd refuses to "
                    "start",
                    family));
}

void verify_client(Scope& scope, const Directive& directive) {
  auto words = scope.words(directive, 1, 1);
  if (words.empty()) return;
  ClientAuthentication mode;
  if (ascii_iequals(words[0], "none") || ascii_iequals(words[0], "off"))
    mode = ClientAuthentication::off;
  else if (ascii_iequals(words[0], "optional"))
    mode = ClientAuthentication::optional;
  else if (ascii_iequals(words[0], "require") || ascii_iequals(words[0], "on"))
    mode = ClientAuthentication::required;
  else if (ascii_iequals(words[0], "optional_no_ca"))
    mode = ClientAuthentication::optional_no_ca;
  else
    return scope.error(
        directive,
        fmt::format("SSLVerifyClient \"{}\" is none of none, optional, require and optional_no_ca; it is "
                    "left out, and httpd refuses to start",
                    words[0]));
  if (scope.in_server()) scope.server.tls.verify_client = Scope::stated(mode, directive);
  if (scope.place == Place::root) scope.server.root_verify_client = Scope::stated(mode, directive);
}

void verify_depth(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  auto words = scope.words(directive, 1, 1);
  if (words.empty()) return;
  int depth = 0;  // by atoi: text that is no number is 0
  for (char c : words[0]) {
    if (!is_ascii_digit(c) || depth > 1'000'000) break;
    depth = depth * 10 + (c - '0');
  }
  scope.server.tls.verify_depth = Scope::stated(depth, directive);
}

void openssl_command(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  auto words = scope.words(directive, 2, 2);
  if (!words.empty()) scope.server.tls.openssl_commands.push_back(fmt::format("{} {}", words[0], words[1]));
}

void session_cache(Scope& scope, const Directive& directive) {
  auto words = scope.words(directive, 1, 1);
  if (!words.empty() && scope.is_main)
    scope.shared.global.session_cache = Scope::stated(std::string(words[0]), directive);
}

void sni_policy(Scope& scope, const Directive& directive) {
  if (scope.shared.version < Version{2, 4, 66})
    return scope.error(
        directive,
        fmt::format("SSLVHostSNIPolicy came with httpd 2.4.66, so {} refuses to start with it; it is left "
                    "out: give the version that runs",
                    scope.shared.version.text()));
  auto words = scope.words(directive, 1, 1);
  if (words.empty()) return;
  if (!scope.is_main || !scope.in_server())
    return scope.error(
        directive,
        "SSLVHostSNIPolicy stands in a section, which httpd refuses to start with; it is left out: it "
        "counts for the whole server");
  for (SniPolicy policy : {SniPolicy::strict, SniPolicy::secure, SniPolicy::authonly, SniPolicy::insecure})
    if (ascii_iequals(words[0], to_string(policy))) {
      scope.shared.global.sni_policy = Scope::stated(policy, directive);
      return;
    }
  scope.error(
      directive,
      fmt::format(
          "SSLVHostSNIPolicy \"{}\" is none of strict, secure, authonly and insecure; it is left out, and "
          "httpd refuses to start",
          words[0]));
}

void ssl_policy(Scope& scope, const Directive& directive) {
  scope.warning(
      directive,
      "SSLPolicy is left out: what the policy sets is not known here; state the settings themselves");
}

constexpr DirectiveReader table[] = {
    {"sslengine", engine},
    {"sslcertificatefile", add_path<&TlsStatements::certificate_files>},
    {"sslcertificatekeyfile", add_path<&TlsStatements::key_files>},
    {"sslprotocol", protocol},
    {"sslciphersuite", cipher_suite},
    {"sslverifyclient", verify_client},
    {"sslverifydepth", verify_depth},
    {"sslcacertificatefile", set_path<&TlsStatements::authorities_file>},
    {"sslcacertificatepath", set_path<&TlsStatements::authorities_path>},
    {"sslcadnrequestfile", set_path<&TlsStatements::names_file>},
    {"sslcadnrequestpath", set_path<&TlsStatements::names_path>},
    {"sslcarevocationfile", set_path<&TlsStatements::revocation_file>},
    {"sslcarevocationpath", set_path<&TlsStatements::revocation_path>},
    {"sslcarevocationcheck", set_text<&TlsStatements::revocation_check>},
    {"sslocspenable", set_text<&TlsStatements::ocsp>},
    {"sslocspoverrideresponder", set_text<&TlsStatements::ocsp_override>},
    {"sslocspdefaultresponder", set_text<&TlsStatements::ocsp_responder>},
    {"sslsrpverifierfile", set_path<&TlsStatements::srp_verifier>},
    {"sslopensslconfcmd", openssl_command},
    {"sslsessiontickets", set_flag<&TlsStatements::session_tickets>},
    {"sslsessionticketkeyfile", set_path<&TlsStatements::ticket_keys>},
    {"sslsessioncache", session_cache},
    {"sslstrictsnivhostcheck", set_flag<&TlsStatements::strict_sni>},
    {"sslvhostsnipolicy", sni_policy},
    {"sslpolicy", ssl_policy},
};

}  // namespace

std::span<const DirectiveReader> tls_directives() {
  return table;
}

}  // namespace astray::httpd
