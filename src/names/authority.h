#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "names/host.h"
#include "names/port.h"

namespace astray {

enum class AuthorityError {
  empty,
  userinfo,          ///< "user@host": RFC 9110 §4.2.4 has recipients treat it as an error
  bad_host,
  bad_port,          ///< not 1–65535; "host:" with an empty port is allowed (RFC 3986 §3.2.3) and means none
  unclosed_bracket,
  bad_character,     ///< NUL, blanks, control characters, '/', '?', '#'
};
std::string_view describe(AuthorityError error);

/// Host and optional port as a Host field, :authority or URL carries them (RFC 3986 §3.2 without userinfo).
struct Authority {
  Host host;
  std::optional<Port> port;  ///< as written; absent is not the same as the scheme's default until a scheme is known

  static Result<Authority, AuthorityError> parse(std::string_view text);
  Port port_or_default(Scheme scheme) const { return port ? *port : Port::of(scheme); }
  std::string text() const;

  bool operator==(const Authority&) const = default;
};

}  // namespace astray
