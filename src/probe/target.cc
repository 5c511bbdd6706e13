#include "probe/target.h"

#include <fmt/format.h>

#include <array>

#include "base/ascii.h"
#include "names/raw_host.h"

namespace astray {
namespace {

constexpr std::string_view expected_forms =
    "a name (a.example), a name with a port (a.example:8443), a URL (https://a.example/) or a name at an "
    "address (a.example@192.0.2.1:443, a.example@[2001:db8::1]:443)";

struct SchemeRow {
  std::string_view name;
  PortProtocol protocol;
  Port port;
};
constexpr std::array<SchemeRow, 6> schemes{{
    {"https", PortProtocol::https, Port(443)},
    {"http", PortProtocol::http, Port(80)},
    {"ftp", PortProtocol::ftp, Port(21)},
    {"ftps", PortProtocol::ftps, Port(990)},
    {"smtp", PortProtocol::smtp, Port(25)},
    {"smtps", PortProtocol::smtps, Port(465)},
}};

Failure<Error> refuse(std::string_view text, std::string_view why) {
  return failure(fmt::format("target '{}': {}", RawHost(std::string(text)).printable(), why));
}

std::string known_schemes() {
  std::string list;
  for (const SchemeRow& row : schemes) list += fmt::format("{}{}", list.empty() ? "" : ", ", row.name);
  return list;
}

std::string_view why_bad(AuthorityError error, std::string_view text) {
  if (error == AuthorityError::bad_host && text.find(':') != text.rfind(':') && !text.starts_with('['))
    return "an IPv6 address needs brackets, as in [2001:db8::1]:443";
  return describe(error);
}

/// host[:port], where "host:" is refused too: nobody means it.
Result<Authority> parse_authority(std::string_view whole, std::string_view text) {
  if (text.empty()) return refuse(whole, fmt::format("no name is given; expected {}", expected_forms));
  auto authority = Authority::parse(text);
  if (!authority) {
    // Authority says that its host is bad; the host's own parser knows why.
    if (authority.error() == AuthorityError::bad_host && text.find(':') == std::string_view::npos) {
      if (auto host = Host::parse(text); !host)
        return refuse(whole,
                      fmt::format("'{}' is no name: {}; expected {}", RawHost(std::string(text)).printable(),
                                  describe(host.error()), expected_forms));
    }
    return refuse(whole, fmt::format("{}; expected {}", why_bad(authority.error(), text), expected_forms));
  }
  if (text.ends_with(':')) return refuse(whole, "a ':' with no port behind it; drop it or name a port");
  return std::move(*authority);
}

/// What may follow the authority of a URL: nothing that the probe would not send.
std::string_view refused_tail(std::string_view tail) {
  if (tail.find('?') != std::string_view::npos)
    return "it has a query; every request asks for \"/\", so leave out '?' and what follows";
  if (tail.find('#') != std::string_view::npos)
    return "it has a fragment, which is never sent; leave out '#' and what follows";
  if (!tail.empty() && tail != "/")
    return "it has a path; every request asks for \"/\", so leave the path out";
  return {};
}

struct Parts {
  const SchemeRow* scheme = nullptr;
  std::string_view authority;
};

Result<Parts> split_url(std::string_view text) {
  Parts parts;
  std::string_view rest = text;
  if (const size_t mark = text.find("://"); mark != std::string_view::npos) {
    const std::string_view name = text.substr(0, mark);
    for (const SchemeRow& row : schemes) {
      if (ascii_iequals(row.name, name)) parts.scheme = &row;
    }
    if (parts.scheme == nullptr)
      return refuse(text, fmt::format("the scheme '{}' is not spoken; expected one of {}",
                                      RawHost(std::string(name)).printable(), known_schemes()));
    rest = text.substr(mark + 3);
  }
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  if (const std::string_view why = refused_tail(rest.substr(end)); !why.empty()) return refuse(text, why);
  parts.authority = rest.substr(0, end);
  return parts;
}

/// What stands behind '@': an address, perhaps with a port.
Result<Authority> parse_pin(std::string_view whole, std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return refuse(whole, fmt::format("behind '@' stands {}; expected the address to connect to, as in "
                                     "a.example@192.0.2.1:443 or a.example@[2001:db8::1]:443",
                                     why));
  };
  if (text.empty()) return wrong("nothing");
  if (text.find('@') != std::string_view::npos) return wrong("a second '@'");
  if (!text.starts_with('[') && IpAddress::parse(text).has_value() &&
      text.find(':') != std::string_view::npos)
    return wrong("an IPv6 address without brackets");
  auto authority = Authority::parse(text);
  if (!authority)
    return wrong(
        fmt::format("'{}' ({})", RawHost(std::string(text)).printable(), why_bad(authority.error(), text)));
  if (authority->host.address() == nullptr)
    return wrong(fmt::format("'{}', which is a name (user names and passwords have no place here)",
                             authority->host.text()));
  if (text.ends_with(':')) return wrong("a ':' with no port");
  return std::move(*authority);
}

}  // namespace

std::string_view to_string(PortProtocol protocol) {
  for (const SchemeRow& row : schemes) {
    if (row.protocol == protocol) return row.name;
  }
  return {};
}

PortProtocol usual_protocol(Port port) {
  switch (port.number()) {
    case 21:
      return PortProtocol::ftp;
    case 25:
    case 587:
      return PortProtocol::smtp;
    case 80:
    case 8080:
      return PortProtocol::http;
    case 465:
      return PortProtocol::smtps;
    case 990:
      return PortProtocol::ftps;
    default:
      return PortProtocol::https;
  }
}

Result<ProbeTarget> parse_target(std::string_view given) {
  const std::string_view text = ascii_trim(given);
  if (text.empty()) return failure(fmt::format("an empty target; expected {}", expected_forms));
  auto parts = split_url(text);
  if (!parts) return Failure<Error>(std::move(parts.error()));

  std::string_view name = parts->authority;
  std::optional<Authority> pin;
  if (const size_t at = name.find('@'); at != std::string_view::npos) {
    auto parsed = parse_pin(text, name.substr(at + 1));
    if (!parsed) return Failure<Error>(std::move(parsed.error()));
    pin = std::move(*parsed);
    name = name.substr(0, at);
    if (name.find(':') != std::string_view::npos && !name.starts_with('['))
      return refuse(text,
                    "a port or password stands before '@'; the port goes behind the address, as in "
                    "a.example@192.0.2.1:443");
  }
  auto authority = parse_authority(text, name);
  if (!authority) return Failure<Error>(std::move(authority.error()));

  ProbeTarget target{.text = std::string(text), .host = std::move(authority->host), .pinned = std::nullopt};
  const std::optional<Port> port = pin ? pin->port : authority->port;
  if (parts->scheme != nullptr) {
    target.protocol = parts->scheme->protocol;
    target.port = port.value_or(parts->scheme->port);
  } else {
    target.port = port.value_or(Port::of(Scheme::https));
    target.protocol = usual_protocol(target.port);
  }
  if (pin) target.pinned = *pin->host.address();
  return target;
}

Result<std::vector<ProbeTarget>> parse_target_list(std::string_view text, std::string_view file) {
  std::vector<ProbeTarget> targets;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  size_t line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    // A '#' right behind other text is a fragment, which is told to be wrong; a comment stands apart.
    for (size_t hash = line.find('#'); hash != std::string_view::npos; hash = line.find('#', hash + 1)) {
      if (hash == 0 || line[hash - 1] == ' ' || line[hash - 1] == '\t') {
        line = line.substr(0, hash);
        break;
      }
    }
    line = ascii_trim(line);
    if (line.empty()) continue;
    if (line.find_first_of(" \t") != std::string_view::npos)
      return failure(fmt::format("{}:{}: '{}' holds blanks; expected one target a line", file, line_number,
                                 RawHost(std::string(line)).printable()));
    auto target = parse_target(line);
    if (!target) return failure(fmt::format("{}:{}: {}", file, line_number, target.error().message));
    targets.push_back(std::move(*target));
  }
  return targets;
}

void ProbeNode::add_name_of(const ProbeNode& whole, size_t name) {
  names.push_back(whole.names[name]);
  name_ports.push_back(whole.port_of(name));
  if (name < whole.name_addresses.size()) name_addresses.push_back(whole.name_addresses[name]);
}

}  // namespace astray
