#include "servers/haproxy/tls_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace astray::haproxy {
namespace {

constexpr std::pair<std::string_view, uint8_t> versions[] = {{"SSLv3", tls_version::ssl3},
                                                             {"TLSv1.0", tls_version::tls1_0},
                                                             {"TLSv1.1", tls_version::tls1_1},
                                                             {"TLSv1.2", tls_version::tls1_2},
                                                             {"TLSv1.3", tls_version::tls1_3}};
constexpr std::pair<std::string_view, uint8_t> version_words[] = {
    {"sslv3", tls_version::ssl3},    {"tlsv10", tls_version::tls1_0}, {"tlsv11", tls_version::tls1_1},
    {"tlsv12", tls_version::tls1_2}, {"tlsv13", tls_version::tls1_3}};

uint8_t at_least(uint8_t bit) {
  return static_cast<uint8_t>(~(bit - 1U) & 0x1fU);
}
uint8_t at_most(uint8_t bit) {
  return static_cast<uint8_t>((static_cast<unsigned>(bit) << 1U) - 1U);
}

}  // namespace

TlsOptions default_options(Reading& reading) {
  TlsOptions options;
  TlsSettings& tls = options.tls;
  tls.versions.value = tls_version::tls1_2 | tls_version::tls1_3;  // ssl-min-ver is TLSv1.2 since 2.2
  tls.session_tickets.value = true;
  tls.session_cache.value = "shared";
  tls.ciphers = reading.globals.ciphers;
  tls.ciphersuites = reading.globals.ciphersuites;
  for (const Line& line : reading.globals.bind_options)
    for (size_t i = 1; i < line.words.size();) i += std::max<size_t>(1, options.take(line, i, reading));
  return options;
}

size_t TlsOptions::take(const Line& line, size_t at, Reading& reading) {
  const std::string_view word = line.word(at);
  const SourceSpan span = line.span(at);
  const auto text = [&](Setting<std::string>& setting) {
    const bool is_known = at + 1 < line.words.size() && line.words[at + 1].known();
    setting = {std::string(line.word(at + 1)), span, is_known ? Provenance::set : Provenance::unknowable};
    return size_t{2};
  };
  if (word == "alpn") {
    alpn = std::string(line.word(at + 1));
    return 2;
  }
  if (word == "no-alpn") {
    alpn = "";
    return 1;
  }
  if (word == "verify") {
    take_verify(line, at, reading);
    return 2;
  }
  if (word == "ca-file") return text(tls.client_authorities.file);
  if (word == "crl-file") return text(tls.revocation_list);
  if (word == "ciphers") return text(tls.ciphers);
  if (word == "ciphersuites") return text(tls.ciphersuites);
  if (word == "tls-ticket-keys") return text(tls.session_ticket_keys);
  if (word == "crt-ignore-err" || word == "ca-ignore-err") {
    verify_errors_ignored = true;
    return 2;
  }
  // Only sent to clients as names of authorities to choose from.
  constexpr std::string_view with_value[] = {"ca-verify-file", "ca-sign-file", "ca-sign-pass", "curves", "ecdhe",
                                             "sigalgs",        "client-sigalgs", "npn",        "ocsp-update",
                                             "crt-base",       "ocsp", "issuer", "sctl", "key"};
  if (std::find(std::begin(with_value), std::end(with_value), word) != std::end(with_value)) return 2;
  if (word == "strict-sni" || word == "no-strict-sni") {
    strict_sni = word == "strict-sni";
    return 1;
  }
  if (word == "no-tls-tickets" || word == "tls-tickets") {
    tls.session_tickets = {word == "tls-tickets", span, Provenance::set};
    return 1;
  }
  constexpr std::string_view alone[] = {"allow-0rtt", "no-ca-names", "prefer-client-ciphers", "generate-certificates"};
  if (std::find(std::begin(alone), std::end(alone), word) != std::end(alone)) return 1;
  if (word == "ssl-min-ver" || word == "ssl-max-ver") return take_versions(line, at, reading) ? 2 : 1;
  for (const auto& [name, bit] : version_words) {
    if (word == std::string("no-") + std::string(name))
      tls.versions = {static_cast<uint8_t>(tls.versions.value & ~bit), span, Provenance::set};
    else if (word == std::string("force-") + std::string(name))
      tls.versions = {bit, span, Provenance::set};
    else
      continue;
    return 1;
  }
  return 0;
}

bool TlsOptions::take_versions(const Line& line, size_t at, Reading& reading) {
  const bool is_minimum = line.word(at) == "ssl-min-ver";
  for (const auto& [name, bit] : versions) {
    if (line.word(at + 1) != name) continue;
    // A limit takes the place of an earlier one on its side, and leaves the other side.
    uint8_t value = tls.versions.value;
    if (is_minimum) {
      const uint8_t highest = std::max<uint8_t>(value, bit);
      value = at_least(bit) & at_most(std::bit_floor(highest));
    } else {
      const uint8_t lowest = value == 0 ? bit : static_cast<uint8_t>(value & -value);
      value = at_most(bit) & at_least(std::min(lowest, bit));
    }
    tls.versions = {value, line.span(at), Provenance::set};
    return true;
  }
  reading.problems.error(line.span(at + 1), fmt::format("'{}' is no TLS version; expecting SSLv3, TLSv1.0, TLSv1.1, "
                                                        "TLSv1.2 or TLSv1.3", line.word(at + 1)));
  return false;
}

void TlsOptions::take_verify(const Line& line, size_t at, Reading& reading) {
  const std::string_view mode = line.word(at + 1);
  Setting<ClientAuthentication>& setting = tls.client_authentication;
  setting = {ClientAuthentication::off, line.span(at), Provenance::set};
  if (mode == "required") {
    setting.value = ClientAuthentication::required;
  } else if (mode == "optional") {
    setting.value = ClientAuthentication::optional;
  } else if (mode != "none") {
    setting.provenance = Provenance::unknowable;
    if (at + 1 >= line.words.size() || line.words[at + 1].known())
      reading.problems.error(line.span(at + 1),
                             fmt::format("'verify' expects none, optional or required, not '{}'", mode));
  }
}

void TlsOptions::load_authorities(Reading& reading) {
  ClientAuthorities& authorities = tls.client_authorities;
  authorities.sets.clear();
  authorities.digest.reset();
  authorities.trusted_digests.clear();
  if (!authorities.file.known() || authorities.file.value.empty()) return;
  if (authorities.file.value.starts_with('@')) return;  // @system-ca: whatever the machine trusts
  const std::string path = located(authorities.file.value, reading.globals.ca_base, reading);
  authorities.file.value = path;
  const AuthoritiesResult read = reading.files.kind(path) == FileSource::Kind::directory
                                     ? reading.certificates.load_authority_directory(path)
                                     : reading.certificates.load_authorities(path);
  if (!read)
    return reading.problems.error(authorities.file.span,
                                  fmt::format("whom client certificates must come from stays unknown: {}",
                                              read.error().message));
  authorities.digest = to_hex((*read)->digest);
  authorities.trusted_digests = {*authorities.digest};
  authorities.sets = {*read};
}

}  // namespace astray::haproxy
