#include "names/endpoint.h"

namespace astray {

std::string_view describe(EndpointError error) {
  switch (error) {
    case EndpointError::bad_address:
      return "it does not start with an IPv4 address or an IPv6 address in brackets";
    case EndpointError::unbracketed_ipv6:
      return "an IPv6 address needs brackets before a port: [2001:db8::1]:443";
    case EndpointError::missing_port:
      return "the port is missing: 192.0.2.1:443";
    case EndpointError::bad_port:
      return "the port is not a number from 1 to 65535";
  }
  return {};
}

Result<Endpoint, EndpointError> Endpoint::parse(std::string_view text) {
  bool bracketed = text.starts_with('[');
  size_t address_end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && address_end == std::string_view::npos)
    return Failure<EndpointError>(EndpointError::bad_address);
  auto address = IpAddress::parse(bracketed ? text.substr(1, address_end - 1) : text.substr(0, address_end));
  if (!address && !bracketed && IpAddress::parse(text.substr(0, text.rfind(':'))))
    return Failure<EndpointError>(EndpointError::unbracketed_ipv6);
  if (!address || bracketed != (address->family() == IpFamily::v6))
    return Failure<EndpointError>(EndpointError::bad_address);

  std::string_view rest = address_end == std::string_view::npos ? "" : text.substr(address_end);
  if (bracketed) rest.remove_prefix(1);
  if (rest.empty()) return Failure<EndpointError>(EndpointError::missing_port);
  if (rest.front() != ':') return Failure<EndpointError>(EndpointError::bad_address);
  auto port = Port::parse(rest.substr(1));
  if (!port) return Failure<EndpointError>(EndpointError::bad_port);
  return Endpoint{*address, *port};
}

std::string Endpoint::text() const {
  std::string host = address.text();
  if (address.family() == IpFamily::v6) host = "[" + host + "]";
  return host + ":" + std::to_string(port.number());
}

}  // namespace astray
