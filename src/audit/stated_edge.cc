#include "audit/stated_edge.h"

#include <fmt/format.h>

#include <charconv>

#include "base/ascii.h"

namespace astray {
namespace {

constexpr std::string_view expected = "expected FROM=TO, such as app.internal:8443=back/httpd.conf or app=192.0.2.7:8443";

std::optional<Port> port_of(std::string_view text) {
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
  return Port(number);
}

struct Split {
  std::string_view before;
  std::optional<Port> port;
};

/// Takes ":8443" off the end, if a port stands there.
Split without_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return {text, std::nullopt};
  const std::optional<Port> port = port_of(text.substr(colon + 1));
  if (!port) return {text, std::nullopt};
  return {text.substr(0, colon), port};
}

/// "192.0.2.7", "[2001:db8::1]", and without brackets where no port follows.
std::optional<IpAddress> address_of(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const auto address = IpAddress::parse(text);
  if (!address) return std::nullopt;
  return *address;
}

}  // namespace

Result<StatedEdge> StatedEdge::parse(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size())
    return failure(fmt::format("'{}': {}", text, expected));
  const std::string_view from = text.substr(0, equals);
  const std::string_view to = text.substr(equals + 1);

  StatedEdge edge;
  if (from.starts_with("unix:") || address_of(from)) {
    edge.host = std::string(from);
  } else {
    const Split split = without_port(from);
    edge.host = ascii_lower(split.before);
    edge.port = split.port;
  }
  if (edge.host.starts_with('[') && edge.host.ends_with(']')) edge.host = edge.host.substr(1, edge.host.size() - 2);

  if ((edge.address = address_of(to))) return edge;
  const Split split = without_port(to);
  edge.to_port = split.port;
  edge.address = address_of(split.before);
  if (!edge.address) edge.configuration = std::string(split.before);
  return edge;
}

}  // namespace astray
