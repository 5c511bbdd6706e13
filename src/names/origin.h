#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "names/authority.h"

namespace astray {

/// Scheme, host and explicit port (RFC 6454 §4): what an answer is authoritative for.
struct Origin {
  Scheme scheme;
  Host host;
  Port port;

  static Origin of(Scheme scheme, const Authority& authority) {
    return {scheme, authority.host, authority.port_or_default(scheme)};
  }
  enum class Error { no_scheme, unknown_scheme, bad_authority, has_path };
  /// "https://example.com" or "https://example.com:8443" (RFC 6454 §6.2; also what an ORIGIN frame carries).
  static Result<Origin, Error> parse(std::string_view text);
  /// RFC 6454 §6.2: the port only when it is not the scheme's default.
  std::string text() const;

  auto operator<=>(const Origin&) const = default;
  bool operator==(const Origin&) const = default;
};

}  // namespace astray
