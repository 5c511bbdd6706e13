#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "names/hostname.h"
#include "names/ip_address.h"

namespace astray {

/// hosts(5): an address and its names a line, '#' starts a comment. Lines that are neither are passed over,
/// as every resolver does.
class HostsFile {
 public:
  static HostsFile parse(std::string_view text);
  /// A file that cannot be read has no names.
  static HostsFile read(const std::string& path);

  /// In the order of the file; empty for a name that is not in it.
  const std::vector<IpAddress>& addresses(const Hostname& name) const;

 private:
  std::unordered_map<Hostname, std::vector<IpAddress>> names_;
};

}  // namespace astray
