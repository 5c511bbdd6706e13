#pragma once
// What h2o keeps of a configuration, as far as answers depend on it (src/main.c, lib/core/config.c).
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "servers/model/deployment.h"

namespace astray::h2o {

/// A host of the configuration. Its VirtualHostId is its index.
struct HostEntry {
  std::string name;          ///< lower case, "*" or "*.example.com" for wildcards; without port
  std::optional<int> port;   ///< it answers for this port alone; absent: for the scheme's
  bool strict_match = false; ///< it never takes what no host is called (from 2.3)
};

/// A certificate of a listener with the names that choose it.
struct TlsEntry {
  std::vector<std::string> names;
  CertificateUse certificate;
  uint8_t versions = 0;  ///< tls_version bits
};

/// Which certificate an SNI chooses among those of a listener. Borrows nothing.
class TlsIndex {
 public:
  explicit TlsIndex(const std::vector<TlsEntry>& entries);
  /// The first whose names take it; absent: none, and the listener's first certificate is presented.
  std::optional<size_t> find(std::string_view lower_name) const;

 private:
  std::unordered_map<std::string, size_t> exact_;
  std::vector<std::pair<std::string, size_t>> wildcards_;
};

struct ListenerEntry {
  std::vector<size_t> hosts;  ///< in their order; those of every listener that is not a host's own
  std::vector<TlsEntry> tls;
};

struct Parts {
  std::vector<HostEntry> hosts;
  std::vector<ListenerEntry> listeners;  ///< by ListenerId
};

/// "host:port" as h2o_url_parse_hostport has it; absent where it finds none.
struct HostAndPort {
  std::string host;  ///< as it came
  std::optional<int> port;
};
std::optional<HostAndPort> parse_host_and_port(std::string_view text);

/// "*" and "*.example.com" stand for any number of labels.
bool matches(std::string_view pattern, std::string_view lower_name);

}  // namespace astray::h2o
