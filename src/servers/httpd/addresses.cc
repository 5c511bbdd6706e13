#include "servers/httpd/addresses.h"

#include <fmt/format.h>

#include "base/ascii.h"

namespace astray::httpd {

std::optional<HostPort> split_host_port(std::string_view text) {
  HostPort result;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    result.host = text.substr(1, close - 1);
    std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest[0] != ':') return std::nullopt;
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else {
    size_t colon = text.find(':');
    if (colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos)
      return std::nullopt;
    bool only_digits = !text.empty();
    for (char c : text) only_digits = only_digits && is_ascii_digit(c);
    if (only_digits) {
      has_port = true;
      port = text;
    } else {
      result.host = text.substr(0, colon);
      has_port = colon != std::string_view::npos;
      if (has_port) port = text.substr(colon + 1);
    }
  }
  if (!has_port) return result;
  if (port == "*") {
    result.any_port = true;
    return result;
  }
  std::optional<Port> number = Port::parse(port);
  if (!number) return std::nullopt;
  result.port = number->number();
  return result;
}

std::optional<IpAddress> address_of(std::string_view host) {
  if (ascii_iequals(host, "localhost")) return IpAddress::v4({127, 0, 0, 1});
  auto address = IpAddress::parse(host);
  return address ? std::optional(*address) : std::nullopt;
}

namespace {

Result<AddressStatement, std::string> placed(const HostPort& parts, std::string_view word) {
  AddressStatement address;
  address.port = parts.port.value_or(0);
  if (parts.host == "*" || parts.host.empty() || ascii_iequals(parts.host, "_default_")) return address;
  address.ip = address_of(parts.host);
  if (!address.ip)
    return tl::unexpected(
        fmt::format("\"{}\" has a name where an address is needed to tell what it means (httpd asks DNS when "
                    "it starts), so it is left out; write the address",
                    word));
  if (address.ip->is_unspecified()) address.ip.reset();  // 0.0.0.0 and [::] take part as "any"
  return address;
}

}  // namespace

Result<AddressStatement, std::string> parse_virtual_host_address(std::string_view word,
                                                                 uint16_t default_port) {
  if (word == "*") return AddressStatement{};
  std::optional<HostPort> parts = split_host_port(word);
  if (!parts || parts->host.empty())
    return tl::unexpected(
        fmt::format("\"{}\" is no address with an optional port, such as *:443, 192.0.2.1:443 or "
                    "[2001:db8::1]:443; it is left out",
                    word));
  if (!parts->port && !parts->any_port && default_port != 0) parts->port = default_port;
  return placed(*parts, word);
}

Result<AddressStatement, std::string> parse_listen_address(std::string_view word) {
  std::optional<HostPort> parts = split_host_port(word);
  if (!parts || !parts->port)
    return tl::unexpected(
        fmt::format("\"{}\" is no port with an optional address, such as 443, 192.0.2.1:443 or "
                    "[2001:db8::1]:443; it is left out, and httpd refuses to start",
                    word));
  return placed(*parts, word);
}

}  // namespace astray::httpd
