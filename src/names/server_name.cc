#include "names/server_name.h"

namespace astray {
namespace {

bool is_ipv6_text(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  auto address = IpAddress::parse(text);
  return address ? address->family() == IpFamily::v6 : address.error() == IpAddress::Error::has_zone;
}

}  // namespace

Result<ServerName, ServerName::Error> ServerName::parse(std::string_view text) {
  auto name = Hostname::parse(text);
  if (name) return ServerName(std::move(*name));
  // Also "1.2.3.4." and "0x7f.1": what a resolver would take for an address is told to the user as one.
  bool is_address = name.error() == HostnameError::ip_address || is_ipv6_text(text);
  return Failure<Error>(is_address ? Error::ip_address : Error::not_a_hostname);
}

Result<ServerName, ServerName::Error> ServerName::for_host(const Host& host) {
  if (const Hostname* name = host.name()) return ServerName(*name);
  return Failure<Error>(Error::ip_address);
}

}  // namespace astray
