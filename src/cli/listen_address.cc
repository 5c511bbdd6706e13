#include "cli/listen_address.h"

#include <fmt/format.h>

#include "report/printable.h"

namespace astray {

Result<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress address;
  if (text.starts_with("unix:")) {
    address.unix_path = text.substr(5);
    return address;
  }
  const auto malformed = [&] {
    return failure(
        fmt::format("'{}' is no address to connect to; expected 192.0.2.1:443, [2001:db8::1]:443, *:443 or "
                    "unix:/path",
                    printable(text)));
  };
  std::string_view host = text;
  std::string_view port;
  const size_t bracket = text.rfind(']');
  const size_t colon = text.rfind(':');
  const bool bare_v6 = bracket == std::string_view::npos && colon != text.find(':');
  if (colon != std::string_view::npos && !bare_v6 && (bracket == std::string_view::npos || colon > bracket)) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    const std::optional<Port> number = Port::parse(port);
    if (!number) return malformed();
    address.port = *number;
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "*") return address;
  const Result<IpAddress, IpAddress::Error> ip = IpAddress::parse(host);
  if (!ip) return malformed();
  address.ip = *ip;
  return address;
}

}  // namespace astray
