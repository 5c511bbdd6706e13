#pragma once
// What a user points `astray probe` at, and the nodes it turns into.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "names/authority.h"
#include "names/endpoint.h"
#include "names/port.h"

namespace astray {

/// What is spoken on a port before anything is known about it.
enum class PortProtocol : uint8_t { https, http, ftp, ftps, smtp, smtps };
std::string_view to_string(PortProtocol protocol);
/// 21, 25, 80, 465, 587, 990 and 8080 have their own; every other port is taken for https.
PortProtocol usual_protocol(Port port);

/// One name on one port, perhaps pinned to an address.
struct ProbeTarget {
  std::string text;  ///< as given: "https://a.example/", "a.example@192.0.2.1:8443", "ftp://files.example"
  Host host;
  Port port{443};
  PortProtocol protocol = PortProtocol::https;
  std::optional<IpAddress> pinned;  ///< absent: every address of the name is a node
};

/// A URL (its path must be empty or "/"), a name with or without port, or name@address[:port] (IPv6 addresses
/// in brackets). The error says what was expected.
Result<ProbeTarget> parse_target(std::string_view text);

/// One target a line; blank lines and what follows a '#' do not count. Errors carry "FILE:LINE".
Result<std::vector<ProbeTarget>> parse_target_list(std::string_view text, std::string_view file);

/// One address and port that is asked, with the names that are asked there.
struct ProbeNode {
  Endpoint endpoint;
  PortProtocol protocol = PortProtocol::https;
  std::vector<std::string>
      names;  ///< in the order given, lower case, without trailing dot; no address literals
  std::vector<size_t>
      name_addresses{};  ///< for each name, how many nodes answer for it; 0: pinned by the user
  /// For each name the port that clients name, which is another than the endpoint's behind a port mapping; empty:
  /// the endpoint's for all.
  std::vector<Port> name_ports{};

  Port port_of(size_t name) const { return name < name_ports.size() ? name_ports[name] : endpoint.port; }
  /// The same node without its names.
  ProbeNode without_names() const { return {endpoint, protocol, {}}; }
  /// A name of the same node, with all that is known of it.
  void add_name_of(const ProbeNode& whole, size_t name);
};

}  // namespace astray
