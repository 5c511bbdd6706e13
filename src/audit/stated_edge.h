#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "names/ip_address.h"
#include "names/port.h"

namespace astray {

/// What the user knows of the way between two tiers (`--edge FROM=TO`): a back address, spelled as the front's
/// configuration spells it, and where a connection to it arrives.
struct StatedEdge {
  std::string host;          ///< lower case; "unix:/path" for a socket
  std::optional<Port> port;  ///< absent: whatever the front's configuration says
  /// One of the two: an address, or the configuration that listens there, by its path.
  std::optional<IpAddress> address;
  std::string configuration;
  std::optional<Port> to_port;  ///< absent: the port that was connected to, or the configuration's only one

  /// HOST[:PORT]=IP[:PORT] or HOST[:PORT]=CONFIG[:PORT]. An Error says what was expected.
  static Result<StatedEdge> parse(std::string_view text);
};

}  // namespace astray
