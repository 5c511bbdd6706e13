#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace astray::tls {

/// Protocol names for ALPN (RFC 7301), in order of preference, encoded once. Empty: no ALPN at all.
class AlpnList {
 public:
  AlpnList() = default;
  /// Each name is 1…255 bytes, and all together fit into 65535 on the wire.
  static Result<AlpnList> of(const std::vector<std::string>& names);

  bool empty() const { return wire_.empty(); }
  /// RFC 7301 §3.1: each name behind its length.
  std::string_view wire() const { return wire_; }
  bool operator==(const AlpnList&) const = default;

 private:
  std::string wire_;
};

}  // namespace astray::tls
