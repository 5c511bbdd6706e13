#include "servers/trafficserver/server_ports.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"

namespace astray::trafficserver {
namespace {

/// "ip-in=192.0.2.1", "ip-in-[::1]", "ip-in192.0.2.1" → what stands behind; absent: another option.
std::optional<std::string_view> value_of(std::string_view option, std::string_view name) {
  if (!ascii_istarts_with(option, name)) return std::nullopt;
  option.remove_prefix(name.size());
  if (option.starts_with('=') || option.starts_with('-')) option.remove_prefix(1);
  return option;
}

std::vector<std::string_view> cut(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  size_t at = 0;
  while ((at = text.find_first_not_of(separators, at)) != std::string_view::npos) {
    const size_t end = std::min(text.find_first_of(separators, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end;
  }
  return parts;
}

/// At colons that are not within brackets.
std::vector<std::string_view> options_of(std::string_view element) {
  std::vector<std::string_view> options;
  size_t from = 0;
  bool in_brackets = false;
  for (size_t i = 0; i <= element.size(); ++i) {
    if (i < element.size() && element[i] == '[') in_brackets = true;
    if (i < element.size() && element[i] == ']') in_brackets = false;
    if (i < element.size() && (element[i] != ':' || in_brackets)) continue;
    if (i > from) options.push_back(element.substr(from, i - from));
    from = i + 1;
  }
  return options;
}

struct Descriptor {
  std::optional<Port> port;
  std::optional<IpAddress> address;
  bool is_tls = false, is_v6 = false, has_proxy_protocol = false, is_blind = false;
  std::string_view left_out;  ///< the option that makes it no listener for HTTP over TCP
  std::optional<std::string> protocols;
};

class PortReader {
 public:
  PortReader(const Setting<std::string>& text, Deployment& deployment, Parts& parts)
      : text_(text), deployment_(deployment), parts_(parts) {}

  void run() {
    for (const std::string_view element : cut(text_.value, ", ")) {
      const Descriptor made = read(element);
      if (!made.left_out.empty()) {
        warn(fmt::format("server_ports: '{}' is not predicted, because of {}", element, made.left_out));
      } else if (made.port) {
        add(made);
      } else {
        warn(fmt::format("server_ports: '{}' has no port; expected one such as 443:ssl", element));
      }
    }
  }

 private:
  void warn(std::string message) {
    deployment_.problems.push_back({ReadProblem::Severity::warning, text_.span, std::move(message)});
  }

  Descriptor read(std::string_view element) {
    Descriptor made;
    for (const std::string_view option : options_of(element)) {
      const std::string word = ascii_lower(option);
      constexpr std::string_view unpredicted[] = {"quic", "plugin", "tr-in", "tr-out", "tr-full", "tr-pass"};
      constexpr std::string_view without_effect[] = {"compressed", "ipv4", "mptcp"};
      if (is_ascii_digit(option.front())) {
        made.port = Port::parse(option);
        if (!made.port) warn(fmt::format("server_ports: '{}' is no port; expected 1 to 65535", option));
      } else if (const auto address = value_of(option, "ip-in")) {
        std::string_view ip = *address;
        if (ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);
        if (const auto parsed = IpAddress::parse(ip)) made.address = *parsed;
        else warn(fmt::format("server_ports: '{}' is no address", *address));
      } else if (const auto protocols = value_of(option, "proto")) {
        made.protocols = ascii_lower(*protocols);
      } else if (word == "ssl") {
        made.is_tls = true;
      } else if (word == "ipv6") {
        made.is_v6 = true;
      } else if (word == "pp") {
        made.has_proxy_protocol = true;
      } else if (word == "blind") {
        made.is_blind = true;
      } else if (std::ranges::find(unpredicted, word) != std::end(unpredicted)) {
        made.left_out = option;
      } else if (std::ranges::find(without_effect, word) == std::end(without_effect) && !value_of(option, "ip-out") &&
                 !value_of(option, "ip-resolve") && !value_of(option, "fd") && !word.starts_with("allow-plain") && word != "pp-clnt") {
        warn(fmt::format("server_ports: '{}' is no option that is known here", option));
      }
    }
    return made;
  }

  void add(const Descriptor& descriptor) {
    Listener made;
    made.span = text_.span;
    made.address.port = *descriptor.port;
    made.address.ip = descriptor.address;
    if (descriptor.is_v6 && !descriptor.address) made.address.ip = IpAddress::v6({});
    // "8080 8080:ipv6" is both families of one port.
    for (Listener& other : deployment_.listeners) {
      if (other.address.port != made.address.port || descriptor.address || other.tls.value != descriptor.is_tls) continue;
      const bool is_pair = descriptor.is_v6 ? !other.address.ip : other.address.ip && *other.address.ip == IpAddress::v6({});
      if (!is_pair) continue;
      other.address.ip.reset();
      return;
    }
    if (descriptor.is_blind) made.kind = Listener::Kind::tcp;
    made.tls = {descriptor.is_tls, text_.span, text_.provenance};
    if (descriptor.has_proxy_protocol) made.proxy_protocol = {true, text_.span, text_.provenance};
    ServerPort port;
    if (descriptor.protocols) {
      port = {false, false};
      for (const std::string_view each : cut(*descriptor.protocols, " ;|,:")) {
        if (each == "http" || each == "http/1.1" || each == "http/1.0") port.speaks_h1 = true;
        if (each == "http2" || each == "h2") port.speaks_h2 = true;
      }
    }
    made.http2 = {port.speaks_h2, text_.span, descriptor.protocols ? Provenance::set : Provenance::default_value};
    parts_.ports.push_back(port);
    deployment_.listeners.push_back(std::move(made));
  }

  const Setting<std::string>& text_;
  Deployment& deployment_;
  Parts& parts_;
};

}  // namespace

void read_server_ports(const Setting<std::string>& text, Deployment& deployment, Parts& parts) {
  PortReader(text, deployment, parts).run();
}

}  // namespace astray::trafficserver
