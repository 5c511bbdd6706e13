#include "names/url.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.h"
#include "names/url_path.h"

namespace astray {
namespace {

constexpr bool is_control(char c) {
  return static_cast<uint8_t>(c) < 0x20 || c == '\x7f';
}

constexpr bool is_alpha(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

/// RFC 3986 §3.1: what stands before ':' when it can be a scheme.
std::optional<std::string_view> scheme_of(std::string_view text) {
  const size_t colon = text.find_first_of(":/?#");
  if (colon == std::string_view::npos || text[colon] != ':') return std::nullopt;
  const std::string_view scheme = text.substr(0, colon);
  if (scheme.empty() || !is_alpha(scheme.front())) return std::nullopt;
  const bool fits = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is_alpha(c) || is_ascii_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return fits ? std::optional(scheme) : std::nullopt;
}

std::optional<Scheme> known_scheme(std::string_view text) {
  for (Scheme scheme : {Scheme::http, Scheme::https})
    if (ascii_iequals(text, to_string(scheme))) return scheme;
  return std::nullopt;
}

UrlError url_error(AuthorityError error) {
  switch (error) {
    case AuthorityError::empty:
      return UrlError::no_host;
    case AuthorityError::bad_port:
      return UrlError::bad_port;
    case AuthorityError::userinfo:
    case AuthorityError::bad_host:
    case AuthorityError::unclosed_bracket:
    case AuthorityError::bad_character:
      return UrlError::bad_host;
  }
  return UrlError::bad_host;
}

/// What RFC 3986 §5 calls a reference is trimmed and held against the limits before anything looks into it.
Result<std::string_view, UrlError> admitted(std::string_view text) {
  text = ascii_trim(text);
  if (text.size() > max_url_bytes) return Failure<UrlError>(UrlError::too_long);
  if (std::any_of(text.begin(), text.end(), is_control)) return Failure<UrlError>(UrlError::bad_character);
  return text;
}

struct Place {
  Authority authority;
  std::optional<std::string> userinfo;
};

/// `text`: what stands between "//" and the path.
Result<Place, UrlError> read_place(std::string_view text) {
  std::optional<std::string> userinfo;
  if (const size_t at = text.rfind('@'); at != std::string_view::npos) {
    const std::string_view raw = text.substr(0, at);
    if (raw.find_first_of("@\\[] ") != std::string_view::npos)
      return Failure<UrlError>(UrlError::bad_userinfo);
    if (!raw.empty()) userinfo = percent_encoded(raw, UrlPart::userinfo);
    text.remove_prefix(at + 1);
  }
  auto authority = Authority::parse(text);
  if (!authority) return Failure<UrlError>(url_error(authority.error()));
  return Place{std::move(*authority), std::move(userinfo)};
}

/// `rest`: what follows "scheme:".
Result<Url, UrlError> read_behind_scheme(Scheme scheme, std::string_view rest) {
  if (!rest.starts_with("//")) return Failure<UrlError>(UrlError::no_host);
  rest.remove_prefix(2);
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  auto place = read_place(rest.substr(0, end));
  if (!place) return Failure<UrlError>(place.error());
  UrlPath path = absolute_path(rest.substr(end));
  return Url{.scheme = scheme,
             .authority = std::move(place->authority),
             .target = std::move(path.target),
             .userinfo = std::move(place->userinfo),
             .fragment = std::move(path.fragment)};
}

}  // namespace

std::string_view describe(UrlError error) {
  switch (error) {
    case UrlError::no_scheme:
      return "it has no scheme: http:// or https:// is expected";
    case UrlError::unknown_scheme:
      return "its scheme is neither http nor https";
    case UrlError::no_host:
      return "it has no host: two slashes and a host name are expected behind the scheme";
    case UrlError::bad_userinfo:
      return "what stands before the '@' has a blank, a backslash, a bracket or another '@', which must be "
             "percent-encoded";
    case UrlError::bad_host:
      return "its host is neither a host name nor an IP address (IPv6 in brackets)";
    case UrlError::bad_port:
      return "its port is not a number from 1 to 65535";
    case UrlError::bad_character:
      return "it has a control character, such as a line end";
    case UrlError::too_long:
      return "it is longer than 64 KiB";
  }
  return {};
}

Result<Url, UrlError> Url::parse(std::string_view text) {
  auto admitted_text = admitted(text);
  if (!admitted_text) return Failure<UrlError>(admitted_text.error());
  const auto scheme_text = scheme_of(*admitted_text);
  if (!scheme_text) return Failure<UrlError>(UrlError::no_scheme);
  const auto scheme = known_scheme(*scheme_text);
  if (!scheme) return Failure<UrlError>(UrlError::unknown_scheme);
  return read_behind_scheme(*scheme, admitted_text->substr(scheme_text->size() + 1));
}

Result<Url, UrlError> Url::parse_lenient(std::string_view text) {
  auto admitted_text = admitted(text);
  if (!admitted_text) return Failure<UrlError>(admitted_text.error());
  // "localhost:8080/x" has the look of a scheme; only "://" tells.
  const auto scheme = scheme_of(*admitted_text);
  if (scheme && admitted_text->substr(scheme->size()).starts_with("://")) return parse(*admitted_text);
  return read_behind_scheme(Scheme::http, "//" + std::string(*admitted_text));
}

Result<Url, UrlError> Url::resolve(std::string_view reference) const {
  auto admitted_text = admitted(reference);
  if (!admitted_text) return Failure<UrlError>(admitted_text.error());
  Result<Url, UrlError> resolved = *this;
  if (scheme_of(*admitted_text)) {
    resolved = parse(*admitted_text);
  } else if (admitted_text->starts_with("//")) {
    resolved = read_behind_scheme(scheme, *admitted_text);
  } else {
    UrlPath path = relative_path(target, *admitted_text);
    resolved->target = std::move(path.target);
    resolved->fragment = std::move(path.fragment);
  }
  if (resolved && !resolved->fragment) resolved->fragment = fragment;
  return resolved;
}

std::string Url::text() const {
  std::string text(to_string(scheme));
  text += "://";
  text += authority.text();
  text += target;
  return text;
}

}  // namespace astray
