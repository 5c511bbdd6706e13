#include "names/host.h"

namespace astray {

Result<Host, HostnameError> Host::parse(std::string_view text) {
  if (text.starts_with('[')) {
    if (text.ends_with(']')) {
      auto address = IpAddress::parse(text.substr(1, text.size() - 2));
      if (address && address->family() == IpFamily::v6) return Host(*address);
    }
    return Failure<HostnameError>(HostnameError::bad_ip_literal);
  }
  auto name = Hostname::parse(text);
  if (name) return Host(std::move(*name));
  if (name.error() == HostnameError::ip_address) {
    auto address = IpAddress::parse(text);
    if (address && address->family() == IpFamily::v4) return Host(*address);
  }
  return Failure<HostnameError>(name.error());
}

std::string Host::text() const {
  if (const Hostname* hostname = name()) return std::string(hostname->text());
  const IpAddress& ip = *address();
  return ip.family() == IpFamily::v6 ? '[' + ip.text() + ']' : ip.text();
}

}  // namespace astray
