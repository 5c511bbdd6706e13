#pragma once
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "names/hostname.h"
#include "names/ip_address.h"

namespace astray {

/// What the host part of an authority can be: a name or an address (RFC 3986 §3.2.2; reg-names that are no
/// host names are refused).
class Host {
 public:
  Host(Hostname name) : value_(std::move(name)) {}      // NOLINT(google-explicit-constructor): a Hostname is a Host
  Host(IpAddress address) : value_(std::move(address)) {}  // NOLINT(google-explicit-constructor)

  /// "example.com", "192.0.2.1" or "[2001:db8::1]" (brackets are required for IPv6, as in an authority).
  static Result<Host, HostnameError> parse(std::string_view text);

  const Hostname* name() const { return std::get_if<Hostname>(&value_); }
  const IpAddress* address() const { return std::get_if<IpAddress>(&value_); }
  /// As it stands in an authority: IPv6 in brackets.
  std::string text() const;

  auto operator<=>(const Host&) const = default;
  bool operator==(const Host&) const = default;

 private:
  std::variant<Hostname, IpAddress> value_;
};

}  // namespace astray
