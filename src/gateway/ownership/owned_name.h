#pragma once
// What a virtual host of the gateway can own: a name at a scheme and port.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "names/host.h"
#include "names/origin.h"

namespace astray::gateway {

/// The part of an origin that a listener stands for.
struct SchemePort {
  Scheme scheme = Scheme::https;
  Port port{443};

  auto operator<=>(const SchemePort&) const = default;
};

/// How far below its suffix a wildcard reaches. Certificates say `one_label` (RFC 9525 §6.3); host names of
/// the Gateway API, nginx and httpd say `any_depth`. So it is told for each name.
enum class WildcardReach : uint8_t {
  one_label,  ///< *.example.com: a.example.com, not a.b.example.com
  any_depth,  ///< *.example.com: both. Neither reach has example.com itself
};

/// A host, or all names under a suffix.
class OwnedName {
 public:
  OwnedName(Host host) : host_(std::move(host)) {}  // NOLINT(google-explicit-constructor): a Host is a name
  /// "example.com", "192.0.2.1", "[2001:db8::1]" (no port), or "*.example.com", of which `reach` is. Case, a
  /// trailing dot and U-labels as in Hostname::parse. A '*' anywhere else, or alone, is a bad_character; a
  /// wildcard that no name of 253 bytes can match is too_long.
  static Result<OwnedName, HostnameError> parse(std::string_view text, WildcardReach reach);

  /// Of a wildcard: the part behind "*."; a Hostname then.
  const Host& host() const { return host_; }
  const std::optional<WildcardReach>& wildcard() const { return wildcard_; }
  std::string text() const;  ///< "*.example.com", "[2001:db8::1]"

 private:
  Host host_;
  std::optional<WildcardReach> wildcard_{};
};

}  // namespace astray::gateway
