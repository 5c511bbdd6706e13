#include "names/authority.h"

#include <algorithm>

namespace astray {
namespace {

bool has_no_place_in_an_authority(char c) {
  return (static_cast<unsigned char>(c) <= ' ') || c == '\x7f' || c == '/' || c == '?' || c == '#';
}

struct Split {
  std::string_view host;
  std::string_view port;  ///< without the colon
};

Result<Split, AuthorityError> split(std::string_view text) {
  if (text.starts_with('[')) {
    size_t end = text.find(']');
    if (end == std::string_view::npos) return Failure<AuthorityError>(AuthorityError::unclosed_bracket);
    std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return Failure<AuthorityError>(AuthorityError::bad_host);
    return Split{text.substr(0, end + 1), rest.empty() ? rest : rest.substr(1)};
  }
  // The last colon, so that an IPv6 address without brackets is a bad host and not a bad port.
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Split{text, {}};
  return Split{text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

std::string_view describe(AuthorityError error) {
  switch (error) {
    case AuthorityError::empty:
      return "it is empty";
    case AuthorityError::userinfo:
      return "it has user information before an '@'";
    case AuthorityError::bad_host:
      return "its host is neither a host name nor an IP address";
    case AuthorityError::bad_port:
      return "its port is not a number from 1 to 65535";
    case AuthorityError::unclosed_bracket:
      return "a '[' has no ']'";
    case AuthorityError::bad_character:
      return "it has a blank, a control character, '/', '?' or '#'";
  }
  return {};
}

Result<Authority, AuthorityError> Authority::parse(std::string_view text) {
  if (text.empty()) return Failure<AuthorityError>(AuthorityError::empty);
  if (std::any_of(text.begin(), text.end(), has_no_place_in_an_authority)) {
    return Failure<AuthorityError>(AuthorityError::bad_character);
  }
  if (text.find('@') != std::string_view::npos) return Failure<AuthorityError>(AuthorityError::userinfo);

  auto parts = split(text);
  if (!parts) return Failure<AuthorityError>(parts.error());
  auto host = Host::parse(parts->host);
  if (!host) return Failure<AuthorityError>(AuthorityError::bad_host);
  std::optional<Port> port;
  if (!parts->port.empty()) {
    port = Port::parse(parts->port);
    if (!port) return Failure<AuthorityError>(AuthorityError::bad_port);
  }
  return Authority{std::move(*host), port};
}

std::string Authority::text() const {
  std::string text = host.text();
  if (port) text += ':' + std::to_string(port->number());
  return text;
}

}  // namespace astray
