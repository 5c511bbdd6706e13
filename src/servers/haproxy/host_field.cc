#include "servers/haproxy/host_field.h"

#include <algorithm>

#include "base/ascii.h"

namespace astray::haproxy {
namespace {

/// http_scheme_based_normalize: the port that the scheme means anyway is dropped, and an empty one. A port is a colon with
/// nothing but digits behind it.
std::string without_default_port(std::string_view authority, bool is_tls) {
  const size_t colon = authority.find_last_not_of("0123456789");
  if (colon == std::string_view::npos || authority[colon] != ':') return std::string(authority);
  const std::string_view port = authority.substr(colon + 1);
  if (port.empty() || port == (is_tls ? "443" : "80")) return std::string(authority.substr(0, colon));
  return std::string(authority);
}

constexpr Version forbids_characters{3, 2, 0};  // stable branches have it from some release of 2025 on

/// http_authority_has_forbidden_char.
bool has_forbidden_character(std::string_view authority) {
  bool in_brackets = false;
  for (size_t i = 0; i < authority.size(); ++i) {
    const auto c = static_cast<unsigned char>(authority[i]);
    const bool is_delimiter = std::string_view(",#/?@[]\\").find(authority[i]) != std::string_view::npos;
    if (c > 0x20 && c < 0x7f && !is_delimiter) continue;
    const bool opens = c == '[' && i == 0;
    const bool closes = c == ']' && (i + 1 == authority.size() || authority[i + 1] == ':');
    if (!opens && !closes) return true;
    in_brackets = !in_brackets;
  }
  return in_brackets;
}

HostField refuse(int status, Reason reason) {
  HostField field;
  field.status = status;
  field.reason = reason;
  return field;
}

}  // namespace

std::string bare_name(std::string_view host) {
  const size_t bracket = host.find(']');
  return ascii_lower(host.substr(0, host.find(':', bracket == std::string_view::npos ? 0 : bracket)));
}

HostField read_host(const RequestFacts& request, bool is_h2, bool is_tls, Version version) {
  HostField field;
  const bool is_strict = version >= forbids_characters;
  if (is_h2) {
    // :authority wins over a Host field, which is dropped (h2_prepare_htx_reqline).
    const auto is_bad = [&](const RawHost& name) { return is_strict && has_forbidden_character(name.bytes()); };
    if ((request.pseudo_authority && is_bad(*request.pseudo_authority)) ||
        std::any_of(request.host_fields.begin(), request.host_fields.end(), is_bad)) {
      field.resets = true;
      field.reason = Reason::authority_malformed;
      return field;
    }
    // It becomes part of a URI, which ends at a blank (2.6.12 answers 400).
    if (request.pseudo_authority && request.pseudo_authority->bytes().find(' ') != std::string_view::npos)
      return refuse(400, Reason::authority_malformed);
    if (request.pseudo_authority) {
      field.host = without_default_port(request.pseudo_authority->bytes(), is_tls);
      field.is_fixed = field.host->empty();
    } else if (!request.host_fields.empty()) {
      field.host = std::string(request.host_fields.front().bytes());
    }
    return field;
  }
  for (const RawHost& host : request.host_fields) {
    if (field.host && !ascii_iequals(*field.host, host.bytes())) return refuse(400, Reason::authority_duplicated);
    if (is_strict && has_forbidden_character(host.bytes())) return refuse(400, Reason::authority_malformed);
    field.host = std::string(host.bytes());
  }
  if (request.target_authority) {
    const std::string target = without_default_port(request.target_authority->bytes(), is_tls);
    if (field.host && !ascii_iequals(without_default_port(*field.host, is_tls), target))
      return refuse(400, Reason::authority_target_conflict);
    field.host = target;
  }
  return field;
}

}  // namespace astray::haproxy
