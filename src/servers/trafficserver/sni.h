#pragma once
// sni.yaml: what is done for a connection by the SNI that opens it.
// https://docs.trafficserver.apache.org/en/9.2.x/admin-guide/files/sni.yaml.en.html, iocore/net/YamlSNIConfig.cc
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "servers/model/server.h"

namespace astray::trafficserver {

/// A connection that is handed on: unread, or decrypted and unread.
enum class TunnelKind : uint8_t { none, blind, forward, partial_blind };

/// Of several stated values each has its place.
template <typename T>
struct Stated {
  T value{};
  SourceSpan span;
};

struct SniEntry {
  SourceSpan span;
  std::string fqdn;  ///< as written; '*' stands for any characters
  std::optional<Stated<bool>> http2;
  std::optional<Stated<ClientAuthentication>> verify_client;
  ClientAuthorities authorities;               ///< of verify_client_ca_certs
  bool states_authorities = false;
  std::optional<Stated<int>> host_sni_policy;  ///< 0 disabled, 1 permissive, 2 enforced
  std::optional<Stated<uint8_t>> versions;     ///< tls_version bits
  TunnelKind tunnel = TunnelKind::none;
  Stated<std::string> destination;             ///< of the tunnel: "host:port"
  std::optional<Stated<std::string>> client_sni_policy;
  std::optional<Stated<int>> verify_server_policy;      ///< 0, 1, 2 as above
  std::optional<Stated<int>> verify_server_properties;  ///< 1: signature, 2: name
  std::optional<SourceSpan> ip_allow;          ///< some clients are refused by their address
  std::vector<std::pair<int, int>> inbound_ports;  ///< from 10.0; empty: every port
};

/// Relative paths are looked for below `folder`.
std::vector<SniEntry> read_sni_yaml(SourceFileId file, std::string_view text, const std::string& folder,
                                    const ReadOptions& options, Deployment& deployment);

/// Which entry is for an SNI. Borrows the entries.
class SniIndex {
 public:
  SniIndex(const std::vector<SniEntry>& entries, const Version& version);

  /// The first in the file whose fqdn takes the name ("": no SNI), on a port; nullptr: none.
  const SniEntry* find(std::string_view name, int port) const;
  /// The first for a connection to a back with this SNI, whose verify_server_* count (get_property_config).
  const SniEntry* find_for_back(std::string_view name) const;

 private:
  struct Glob;
  static bool takes(const SniEntry& entry, int port);

  const std::vector<SniEntry>* entries_;
  std::unordered_map<std::string, std::vector<size_t>> exact_;
  std::vector<std::pair<size_t, std::shared_ptr<const Glob>>> globs_;
  bool prefix_suffices_ = false;  ///< before the releases that compare whole names
};

}  // namespace astray::trafficserver
