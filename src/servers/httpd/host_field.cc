#include "servers/httpd/host_field.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "names/ip_address.h"

namespace astray::httpd {
namespace {

bool is_letter(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}
bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_ascii_digit(c); });
}

AskedHost refused(Reason reason) {
  return {AskedHost::Outcome::bad_request, reason, {}};
}
AskedHost malformed() {
  return refused(Reason::authority_malformed);
}

bool valid_port(std::string_view digits) {
  while (digits.size() > 1 && digits.starts_with('0')) digits.remove_prefix(1);
  return digits.size() <= 5 && Port::parse(digits).has_value();
}

/// Splits as apr_parse_addr_port does: digits at the end behind a colon are the port, whatever stands before.
/// False when httpd refuses it.
bool take_port(std::string_view& text) {
  size_t end = text.size();
  while (end > 0 && is_ascii_digit(text[end - 1])) --end;
  if (end == 0 || end == text.size() || text[end - 1] != ':') return true;
  if (end == 1 || !valid_port(text.substr(end))) return false;
  text = text.substr(0, end - 1);
  return true;
}

/// server/vhost.c, strict_hostname_check: letters, digits, '-', '_' and '.'; a dotted decimal has four parts
/// without leading zeros; else the last label begins with a letter.
bool strict_allows(std::string_view host) {
  bool dotted_decimal = true;
  bool leading_zero = false;
  int dots = 0;
  for (size_t i = 0; i < host.size(); ++i) {
    char c = host[i];
    if (is_letter(c) || c == '-' || c == '_') {
      dotted_decimal = false;
    } else if (c == '.') {
      ++dots;
      if (i + 2 < host.size() && host[i + 1] == '0' && is_ascii_digit(host[i + 2])) leading_zero = true;
    } else if (!is_ascii_digit(c)) {
      return false;
    }
  }
  if (dotted_decimal) {
    if (host.starts_with('.') || (host.size() > 1 && host[0] == '0' && is_ascii_digit(host[1])))
      leading_zero = true;
    return !leading_zero && dots == 3;
  }
  size_t dot = host.rfind('.');
  return dot == std::string_view::npos || dot + 1 == host.size() || is_letter(host[dot + 1]);
}

AskedHost check_name(std::string_view host, HostSyntax syntax) {
  if (host.find("..") != std::string_view::npos || host.find_first_of("/\\") != std::string_view::npos)
    return malformed();
  if (host.ends_with('.')) host.remove_suffix(1);
  if (syntax == HostSyntax::strict && !strict_allows(host)) return malformed();
  return {AskedHost::Outcome::name, Reason::own_name, host};
}

AskedHost check_v6(std::string_view bracketed) {
  if (!bracketed.ends_with(']')) return malformed();
  std::string_view literal = bracketed.substr(1, bracketed.size() - 2);
  auto address = IpAddress::parse(literal);
  if (!address || address->family() != IpFamily::v6) return malformed();
  return {AskedHost::Outcome::name, Reason::own_name, literal};
}

/// What nghttp2 lets through in :authority and Host.
constexpr std::array<bool, 256> nghttp2_set = [] {
  std::array<bool, 256> set{};
  for (char c = 'a'; c <= 'z'; ++c) set[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) set[static_cast<unsigned char>(c)] = true;
  for (char c : std::string_view("0123456789!$%&'()*+,-.:;=@[]_~")) set[static_cast<unsigned char>(c)] = true;
  return set;
}();
bool nghttp2_allows(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return nghttp2_set[static_cast<unsigned char>(c)]; });
}

}  // namespace

AskedHost read_host(std::string_view text, HostSyntax syntax) {
  text = ascii_trim(text);
  if (text.empty()) return refused(Reason::authority_missing);
  if (text.find('\0') != std::string_view::npos) return malformed();
  if (all_digits(text)) {
    if (syntax == HostSyntax::strict) return malformed();
    return {AskedHost::Outcome::name, Reason::own_name, text};
  }
  if (!take_port(text)) return malformed();
  return text.starts_with('[') ? check_v6(text) : check_name(text, syntax);
}

AskedHost read_h1_request(const RequestFacts& request, Scheme connection_scheme, HostSyntax syntax) {
  if (request.host_fields.empty()) return refused(Reason::authority_missing);
  bool same_scheme = !request.scheme || *request.scheme == connection_scheme;
  if (request.target_authority && same_scheme) {
    std::string_view authority = request.target_authority->bytes();
    // A user name is refused by strict reading and skipped by lenient.
    if (size_t at = authority.rfind('@'); at != std::string_view::npos) {
      if (syntax == HostSyntax::strict) return malformed();
      authority.remove_prefix(at + 1);
    }
    if (authority.ends_with(':')) authority.remove_suffix(1);
    return read_host(authority, syntax);
  }
  if (request.host_fields.size() > 1) {
    // They are joined with a comma, which only lenient reading lets pass, and which no name has.
    if (syntax == HostSyntax::strict) return refused(Reason::authority_duplicated);
    return {AskedHost::Outcome::name, Reason::own_name, ","};
  }
  return read_host(request.host_fields.front().bytes(), syntax);
}

AskedHost read_h2_request(const RequestFacts& request, HostSyntax syntax) {
  auto reset = [](Reason reason) { return AskedHost{AskedHost::Outcome::stream_reset, reason, {}}; };
  if (request.host_fields.size() > 1) return reset(Reason::authority_duplicated);
  if (!request.pseudo_authority && request.host_fields.empty()) return reset(Reason::authority_missing);
  if (request.pseudo_authority && request.pseudo_authority->bytes().empty())
    return reset(Reason::authority_missing);
  std::string_view host =
      request.host_fields.empty() ? std::string_view() : request.host_fields.front().bytes();
  if (!nghttp2_allows(host)) return reset(Reason::authority_malformed);
  if (!request.pseudo_authority) return read_host(host, syntax);
  std::string_view authority = request.pseudo_authority->bytes();
  return nghttp2_allows(authority) ? read_host(authority, syntax) : reset(Reason::authority_malformed);
}

}  // namespace astray::httpd
