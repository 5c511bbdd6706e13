#include "probe/plan_values.h"

#include <algorithm>

#include "names/authority.h"

namespace astray {
namespace {

std::string upper_case(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return text;
}

/// Neither the port that clients name nor the one that the node listens at.
Port other_port(Port named, Port listening) {
  uint16_t port = named.number();
  do {
    port = port == UINT16_MAX ? 1 : static_cast<uint16_t>(port + 1);
  } while (port == listening.number());
  return Port(port);
}

std::string with_port(const std::string& name, Port port) {
  return name + ':' + std::to_string(port.number());
}

std::optional<std::string> bytes_of(const AxisValue& value, const ProbeNode& node) {
  const std::string name = value.name ? node.names[*value.name] : std::string();
  switch (value.spelling) {
    case Spelling::none:
      return std::nullopt;
    case Spelling::empty:
      return std::string();
    case Spelling::unknown:
      return std::string(unconfigured_name);
    case Spelling::plain:
      return name;
    case Spelling::upper_case:
      return upper_case(name);
    case Spelling::trailing_dot:
      return name + '.';
    case Spelling::with_port:
      return with_port(name, node.port_of(*value.name));
    case Spelling::wrong_port:
      return with_port(name, other_port(node.port_of(*value.name), node.endpoint.port));
    case Spelling::address:
      return Host(node.endpoint.address).text();
    case Spelling::literal:
      return value.literal;
  }
  return std::nullopt;
}

bool spells_a_name(Spelling spelling) {
  switch (spelling) {
    case Spelling::plain:
    case Spelling::upper_case:
    case Spelling::trailing_dot:
    case Spelling::with_port:
    case Spelling::wrong_port:
      return true;
    default:
      return false;
  }
}

/// A literal may be a known name in other letters.
std::optional<size_t> name_of_literal(const std::string& literal, const ProbeNode& node) {
  const auto authority = Authority::parse(literal);
  if (!authority || authority->host.name() == nullptr) return std::nullopt;
  const auto found = std::find(node.names.begin(), node.names.end(), authority->host.name()->text());
  if (found == node.names.end()) return std::nullopt;
  return static_cast<size_t>(found - node.names.begin());
}

}  // namespace

AxisValue plain_name(size_t name) {
  return {.spelling = Spelling::plain, .name = name};
}

AxisValue value_sent_as(const std::optional<std::string>& bytes, const ProbeNode& node) {
  for (const Spelling spelling : {Spelling::none, Spelling::empty, Spelling::unknown, Spelling::address}) {
    const AxisValue value{.spelling = spelling};
    if (bytes_of(value, node) == bytes) return value;
  }
  const std::optional<size_t> name = name_of_literal(*bytes, node);
  if (!name) return {.spelling = Spelling::literal, .name = {}, .literal = *bytes};
  for (const Spelling spelling : {Spelling::plain, Spelling::upper_case, Spelling::trailing_dot, Spelling::with_port,
                                  Spelling::wrong_port}) {
    const AxisValue value{.spelling = spelling, .name = name};
    if (bytes_of(value, node) == bytes) return value;
  }
  return {.spelling = Spelling::literal, .name = name, .literal = *bytes};
}

std::vector<AxisValue> expand(const std::vector<AxisName>& wanted, const ProbeNode& node) {
  std::vector<AxisValue> values;
  std::vector<bool> plain_is_there(node.names.size());
  const auto add_plain = [&](size_t name) {
    if (!plain_is_there[name]) values.push_back(plain_name(name));
    plain_is_there[name] = true;
  };
  for (const AxisName& one : wanted) {
    if (one.spelling == Spelling::plain) {
      for (size_t i = 0; i < node.names.size(); ++i) add_plain(i);
    } else if (spells_a_name(one.spelling)) {
      for (size_t i = 0; i < node.names.size(); ++i) values.push_back({one.spelling, i, {}});
    } else if (one.spelling == Spelling::literal) {
      const std::optional<size_t> name = name_of_literal(one.literal, node);
      if (name && node.names[*name] == one.literal) {
        add_plain(*name);
      } else {
        values.push_back({one.spelling, name, one.literal});
      }
    } else {
      values.push_back({one.spelling, std::nullopt, {}});
    }
  }
  return values;
}

std::vector<AxisValue> every_sni(const ProbeNode& node) {
  return expand({{Spelling::none, {}},
                 {Spelling::unknown, {}},
                 {Spelling::plain, {}},
                 {Spelling::upper_case, {}},
                 {Spelling::trailing_dot, {}}},
                node);
}

std::vector<AxisValue> every_host(const ProbeNode& node) {
  return expand({{Spelling::unknown, {}},
                 {Spelling::plain, {}},
                 {Spelling::upper_case, {}},
                 {Spelling::trailing_dot, {}},
                 {Spelling::with_port, {}},
                 {Spelling::wrong_port, {}},
                 {Spelling::address, {}},
                 {Spelling::empty, {}},
                 {Spelling::none, {}}},
                node);
}

bool is_meaningful(Placement placement, AlpnOffer alpn) {
  const bool h2 = alpn == AlpnOffer::h2 || alpn == AlpnOffer::h2_only;
  switch (placement) {
    case Placement::usual:
      return true;
    case Placement::absolute_form:
    case Placement::absolute_conflict:
    case Placement::two_host_fields:
      return !h2;
    case Placement::host_field_alone:
    case Placement::authority_conflict:
      return h2;
  }
  return false;
}

ConnectionQuestion connection_with(const NodeAxes& axes, const AxisValue& sni, AlpnOffer alpn,
                                   ClientCertificateIndex client_certificate) {
  const ProbeNode& node = *axes.node;
  ConnectionQuestion question{.node = node.endpoint,
                              .protocol = node.protocol,
                              .sni = {},
                              .sni_spelling = Spelling::none,
                              .sni_name = {},
                              .alpn = alpn,
                              .client_certificate = client_certificate,
                              .session_of = {},
                              .use = ConnectionUse::fresh,
                              .requests = {}};
  if (node.protocol == PortProtocol::http) return question;
  question.sni = bytes_of(sni, node);
  question.sni_spelling = sni.spelling;
  if (sni.name) question.sni_name = node.names[*sni.name];
  return question;
}

RequestQuestion request_for(const NodeAxes& axes, const AxisValue& host, Placement placement,
                            const ConnectionQuestion& connection) {
  const ProbeNode& node = *axes.node;
  RequestQuestion request;
  request.host = bytes_of(host, node);
  request.spelling = host.spelling;
  request.placement = placement;
  if (host.name) request.name = node.names[*host.name];
  if (placement == Placement::usual || placement == Placement::absolute_form ||
      placement == Placement::host_field_alone)
    return request;
  if (!connection.sni_name.empty() && connection.sni_name != request.name) {
    request.other = connection.sni_name;
  } else if (host.name && node.names.size() > 1) {
    request.other = node.names[(*host.name + 1) % node.names.size()];
  } else {
    request.other = unconfigured_name;
  }
  return request;
}

}  // namespace astray
