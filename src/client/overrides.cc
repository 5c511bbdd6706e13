#include "client/overrides.h"

#include <fmt/format.h>

#include "names/raw_host.h"

namespace astray::client {
namespace {

std::string shown(std::string_view text) {
  return RawHost(std::string(text)).printable();
}

/// Takes what stands before the next ':' that is in no brackets; all of the text when there is none.
std::string_view take_part(std::string_view& rest) {
  size_t at = 0;
  if (rest.starts_with('[')) at = rest.find(']') == std::string_view::npos ? 0 : rest.find(']');
  const size_t colon = rest.find(':', at);
  const std::string_view part = rest.substr(0, colon);
  rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  return part;
}

/// `any`: the text that stands for every host.
Result<std::optional<Host>> host_unless(std::string_view text, std::string_view any) {
  if (text == any) return std::nullopt;
  const auto host = Host::parse(text);
  if (!host) return failure(fmt::format("'{}' is no host: {}", shown(text), describe(host.error())));
  return *host;
}

Result<std::optional<Port>> port_unless(std::string_view text, std::string_view any) {
  if (text == any) return std::nullopt;
  const std::optional<Port> port = Port::parse(text);
  if (!port) return failure(fmt::format("'{}' is no port from 1 to 65535", shown(text)));
  return port;
}

}  // namespace

Result<ResolveOverride> parse_resolve(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('+')) rest.remove_prefix(1);
  const std::string_view host_text = take_part(rest);
  const std::string_view port_text = take_part(rest);
  if (rest.empty() || host_text.empty() || port_text.empty()) {
    return failure(
        fmt::format("'{}' is not HOST:PORT:ADDRESS, such as a.example:443:192.0.2.1", shown(text)));
  }
  auto host = host_unless(host_text, "*");
  if (!host) return tl::unexpected(host.error());
  const auto port = port_unless(port_text, "*");
  if (!port) return tl::unexpected(port.error());
  ResolveOverride made{std::move(*host), *port, {}};
  while (true) {
    const size_t comma = rest.find(',');
    std::string_view one = rest.substr(0, comma);
    if (one.starts_with('[') && one.ends_with(']')) one = one.substr(1, one.size() - 2);
    const auto address = IpAddress::parse(one);
    if (!address) {
      return failure(
          fmt::format("'{}' is no address; expected one such as 192.0.2.1 or [2001:db8::1]", shown(one)));
    }
    made.addresses.push_back(*address);
    if (comma == std::string_view::npos) return made;
    rest.remove_prefix(comma + 1);
  }
}

Result<ConnectToOverride> parse_connect_to(std::string_view text) {
  std::string_view rest = text;
  const std::string_view from_host = take_part(rest);
  const std::string_view from_port = take_part(rest);
  const std::string_view to_host = take_part(rest);
  const bool has_last = !rest.empty() || text.ends_with(':');
  const std::string_view to_port = take_part(rest);
  if (!has_last || !rest.empty()) {
    return failure(fmt::format("'{}' is not HOST1:PORT1:HOST2:PORT2, such as a.example:443:b.example:8443",
                               shown(text)));
  }
  auto host = host_unless(from_host, "");
  if (!host) return tl::unexpected(host.error());
  const auto port = port_unless(from_port, "");
  if (!port) return tl::unexpected(port.error());
  auto led_host = host_unless(to_host, "");
  if (!led_host) return tl::unexpected(led_host.error());
  const auto led_port = port_unless(to_port, "");
  if (!led_port) return tl::unexpected(led_port.error());
  return ConnectToOverride{std::move(*host), *port, std::move(*led_host), *led_port};
}

}  // namespace astray::client
