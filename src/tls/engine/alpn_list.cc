#include "tls/engine/alpn_list.h"

#include <fmt/format.h>

namespace astray::tls {

Result<AlpnList> AlpnList::of(const std::vector<std::string>& names) {
  AlpnList list;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > 255) {
      return failure(fmt::format("an ALPN protocol name of {} bytes: it must have 1 to 255 (RFC 7301 §3.1)",
                                 name.size()));
    }
    list.wire_ += static_cast<char>(name.size());
    list.wire_ += name;
  }
  constexpr size_t max_wire_bytes = 0xFFFF - 2;
  if (list.wire_.size() > max_wire_bytes) {
    return failure(
        fmt::format("{} ALPN protocol names do not fit into one ClientHello: leave some out", names.size()));
  }
  return list;
}

}  // namespace astray::tls
