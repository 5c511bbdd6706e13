#include "cli/fetch_overrides.h"

#include <fmt/format.h>

#include "report/printable.h"

namespace astray {
namespace {

/// Takes what stands before the next ':' that is in no brackets; all of the text when there is none.
std::string_view take_part(std::string_view& rest) {
  size_t at = 0;
  if (rest.starts_with('[')) at = rest.find(']') == std::string_view::npos ? 0 : rest.find(']');
  const size_t colon = rest.find(':', at);
  const std::string_view part = rest.substr(0, colon);
  rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  return part;
}

Result<std::optional<Host>> host_or_none(std::string_view text, std::string_view option) {
  if (text.empty()) return std::nullopt;
  const auto host = Host::parse(text);
  if (!host) {
    return failure(fmt::format("{}: '{}' is no host: {}", option, printable(text), describe(host.error())));
  }
  return *host;
}

Result<std::optional<Port>> port_or_none(std::string_view text, std::string_view option) {
  if (text.empty()) return std::nullopt;
  const std::optional<Port> port = Port::parse(text);
  if (!port) return failure(fmt::format("{}: '{}' is no port from 1 to 65535", option, printable(text)));
  return port;
}

}  // namespace

Result<client::ResolveOverride> parse_resolve(std::string_view text) {
  constexpr std::string_view option = "--resolve";
  std::string_view rest = text;
  if (rest.starts_with('+')) rest.remove_prefix(1);
  const std::string_view host_text = take_part(rest);
  const std::string_view port_text = take_part(rest);
  if (rest.empty() || host_text.empty() || port_text.empty()) {
    return failure(fmt::format("{}: '{}' is not HOST:PORT:ADDRESS, such as a.example:443:192.0.2.1", option,
                               printable(text)));
  }
  client::ResolveOverride made;
  if (host_text != "*") {
    auto host = host_or_none(host_text, option);
    if (!host) return tl::unexpected(host.error());
    made.host = std::move(*host);
  }
  if (port_text != "*") {
    auto port = port_or_none(port_text, option);
    if (!port) return tl::unexpected(port.error());
    made.port = *port;
  }
  while (true) {
    const size_t comma = rest.find(',');
    std::string_view one = rest.substr(0, comma);
    if (one.starts_with('[') && one.ends_with(']')) one = one.substr(1, one.size() - 2);
    const auto address = IpAddress::parse(one);
    if (!address) {
      return failure(fmt::format("{}: '{}' is no address; expected one such as 192.0.2.1 or [2001:db8::1]",
                                 option, printable(one)));
    }
    made.addresses.push_back(*address);
    if (comma == std::string_view::npos) return made;
    rest.remove_prefix(comma + 1);
  }
}

Result<client::ConnectToOverride> parse_connect_to(std::string_view text) {
  constexpr std::string_view option = "--connect-to";
  std::string_view rest = text;
  const std::string_view from_host = take_part(rest);
  const std::string_view from_port = take_part(rest);
  const std::string_view to_host = take_part(rest);
  const bool has_last = !rest.empty() || text.ends_with(':');
  const std::string_view to_port = take_part(rest);
  if (!has_last || !rest.empty()) {
    return failure(
        fmt::format("{}: '{}' is not HOST1:PORT1:HOST2:PORT2, such as a.example:443:b.example:8443", option,
                    printable(text)));
  }
  client::ConnectToOverride made;
  auto host = host_or_none(from_host, option);
  if (!host) return tl::unexpected(host.error());
  made.host = std::move(*host);
  auto port = port_or_none(from_port, option);
  if (!port) return tl::unexpected(port.error());
  made.port = *port;
  host = host_or_none(to_host, option);
  if (!host) return tl::unexpected(host.error());
  made.to_host = std::move(*host);
  port = port_or_none(to_port, option);
  if (!port) return tl::unexpected(port.error());
  made.to_port = *port;
  return made;
}

}  // namespace astray
