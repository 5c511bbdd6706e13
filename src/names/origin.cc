#include "names/origin.h"

#include "base/ascii.h"

namespace astray {

Result<Origin, Origin::Error> Origin::parse(std::string_view text) {
  constexpr std::string_view separator = "://";
  size_t scheme_end = text.find(separator);
  if (scheme_end == std::string_view::npos || scheme_end == 0) return Failure<Error>(Error::no_scheme);
  std::string_view scheme_text = text.substr(0, scheme_end);
  Scheme scheme;
  if (ascii_iequals(scheme_text, to_string(Scheme::https))) {
    scheme = Scheme::https;
  } else if (ascii_iequals(scheme_text, to_string(Scheme::http))) {
    scheme = Scheme::http;
  } else {
    return Failure<Error>(Error::unknown_scheme);
  }

  std::string_view rest = text.substr(scheme_end + separator.size());
  size_t authority_end = rest.find_first_of("/?#");
  auto authority = Authority::parse(rest.substr(0, authority_end));
  if (!authority) return Failure<Error>(Error::bad_authority);
  if (authority_end != std::string_view::npos) return Failure<Error>(Error::has_path);
  return Origin::of(scheme, *authority);
}

std::string Origin::text() const {
  std::string text(to_string(scheme));
  text += "://";
  text += host.text();
  if (port != Port::of(scheme)) text += ':' + std::to_string(port.number());
  return text;
}

}  // namespace astray
