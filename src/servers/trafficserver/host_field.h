#pragma once
// How Traffic Server reads names of requests (HTTPHdr::_fill_target_cache, validate_hdr_host, url_parse_internet).
#include <optional>
#include <string>
#include <string_view>

namespace astray::trafficserver {

struct HostAndPort {
  std::string host;  ///< as it came; "" where there is none
  int port = 0;      ///< 0: not said
};
/// Of a Host field; absent: refused with 400.
std::optional<HostAndPort> parse_host_field(std::string_view text);
/// Of a target in absolute form or :authority; absent: refused.
std::optional<HostAndPort> parse_authority(std::string_view text);

}  // namespace astray::trafficserver
