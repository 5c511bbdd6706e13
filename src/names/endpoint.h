#pragma once
#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"
#include "names/ip_address.h"
#include "names/port.h"

namespace astray {

enum class EndpointError {
  bad_address,       ///< not an IPv4 address or an IPv6 address in brackets
  unbracketed_ipv6,  ///< "::1:443" could mean several things
  missing_port,
  bad_port,  ///< not 1–65535
};
std::string_view describe(EndpointError error);

/// Where a connection goes: "192.0.2.1:443", "[2001:db8::1]:443".
struct Endpoint {
  IpAddress address;
  Port port;

  static Result<Endpoint, EndpointError> parse(std::string_view text);
  /// For listen() alone: the system picks the port.
  static Endpoint with_any_port(IpAddress address) { return {address, Port(0)}; }
  std::string text() const;

  auto operator<=>(const Endpoint&) const = default;
  bool operator==(const Endpoint&) const = default;
};

}  // namespace astray
