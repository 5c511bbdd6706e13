#include "servers/nginx/listen.h"

#include <fmt/format.h>

#include "base/ascii.h"

namespace astray::nginx {
namespace {

struct PortRange {
  Port first{80};
  Port last{80};
};

// "443" or "8000-8010" (1.15.10 and newer).
std::optional<PortRange> parse_port_range(std::string_view text) {
  const size_t dash = text.find('-');
  const std::optional<Port> first = Port::parse(text.substr(0, dash));
  if (!first) return std::nullopt;
  if (dash == std::string_view::npos) return PortRange{*first, *first};
  const std::optional<Port> last = Port::parse(text.substr(dash + 1));
  if (!last || *last < *first) return std::nullopt;
  return PortRange{*first, *last};
}

std::vector<ListenAddress> over_range(const std::optional<IpAddress>& ip, PortRange range) {
  std::vector<ListenAddress> addresses;
  for (uint32_t port = range.first.number(); port <= range.last.number(); ++port)
    addresses.push_back({ip, Port(static_cast<uint16_t>(port)), {}});
  return addresses;
}

bool is_value_parameter(std::string_view word) {
  for (const std::string_view name : {"setfib=", "fastopen=", "backlog=", "rcvbuf=", "sndbuf=",
                                      "accept_filter=", "ipv6only=", "so_keepalive="})
    if (word.starts_with(name)) return true;
  return false;
}

}  // namespace

Result<std::vector<ListenAddress>> parse_listen_address(std::string_view text, Port default_port) {
  if (ascii_istarts_with(text, "unix:")) {
    if (text.size() == 5) return failure("no path behind \"unix:\"");
    ListenAddress address;
    address.unix_path = std::string(text.substr(5));
    return std::vector<ListenAddress>{address};
  }
  if (text.find('/') != std::string_view::npos) return failure("invalid host: an address has no \"/\"");

  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos)
      return failure("invalid host: expecting \"]\" after the IPv6 address");
    host = text.substr(0, close + 1);
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':')
      return failure("invalid host: expecting \":\" and a port after \"]\"");
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
  } else if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
  } else if (const std::optional<PortRange> range = parse_port_range(text)) {
    return over_range(std::nullopt, *range);
  } else if (!text.empty() && text.find_first_not_of("0123456789-") == std::string_view::npos) {
    return failure("invalid port: expecting 1 to 65535");
  }

  PortRange range{default_port, default_port};
  if (has_port) {
    const std::optional<PortRange> stated = parse_port_range(port);
    if (!stated) return failure(fmt::format("invalid port \"{}\": expecting 1 to 65535", port));
    range = *stated;
  }
  if (host.empty()) return failure("no host: expecting an address, \"*\" or a port");
  if (host == "*") return over_range(std::nullopt, range);
  if (host.starts_with('[')) {
    const Result<IpAddress, IpAddress::Error> ip = IpAddress::parse(host.substr(1, host.size() - 2));
    if (!ip || ip->family() != IpFamily::v6) return failure(fmt::format("invalid IPv6 address {}", host));
    return over_range(*ip, range);
  }
  if (host == "localhost") return over_range(IpAddress::v4({127, 0, 0, 1}), range);
  const Result<IpAddress, IpAddress::Error> ip = IpAddress::parse(host);
  if (!ip)
    return failure(
        fmt::format("\"{}\" is no address: nginx resolves it when it starts, astray asks no resolver; "
                    "write the address",
                    host));
  if (ip->is_unspecified()) return over_range(std::nullopt, range);  // 0.0.0.0 is what "*" stands for
  return over_range(*ip, range);
}

Result<Listen> parse_listen(const DirectiveTree& tree, DirectiveId directive) {
  const std::span<const Word> words = tree.arguments(directive);
  if (words.empty()) return failure("an address or a port was expected");
  Result<std::vector<ListenAddress>> addresses = parse_listen_address(words[0].text, Port(80));
  if (!addresses) return tl::unexpected(addresses.error());
  Listen listen;
  listen.span = tree.span(directive);
  listen.addresses = std::move(*addresses);
  for (const Word& word : words.subspan(1)) {
    if (word.text == "default_server" || word.text == "default") {
      listen.is_default = true;
    } else if (word.text == "ssl") {
      listen.ssl = true;
    } else if (word.text == "http2") {
      listen.http2 = true;
    } else if (word.text == "quic") {
      listen.quic = true;
    } else if (word.text == "udp") {
      listen.udp = true;
    } else if (word.text == "proxy_protocol") {
      listen.proxy_protocol = true;
    } else if (word.text != "bind" && word.text != "deferred" && word.text != "reuseport" &&
               word.text != "multipath" && word.text != "spdy" && !is_value_parameter(word.text)) {
      listen.unknown_parameters.emplace_back(word.text);
    }
  }
  return listen;
}

}  // namespace astray::nginx
