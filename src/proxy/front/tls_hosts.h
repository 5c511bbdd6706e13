#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "gateway/configuration/configuration.h"
#include "gateway/configuration/configuration_problem.h"
#include "gateway/ownership/authority_table.h"
#include "tls/engine/server.h"
#include "verdict/connection_facts.h"

namespace astray::proxy {

/// What the handshakes of one virtual host settle: for ConnectionFacts of its connections, and for the facts
/// that the authority table has of it.
struct HandshakeFacts {
  gateway::VirtualHostIndex virtual_host = 0;
  PolicyDigest policy{};
  ListenerDigest listener{};
  /// The names that each of its certificates covers, so that they hold whichever one the client was shown.
  /// They live as long as the TlsHosts.
  std::span<const CertificateName> certificate_names{};
};

/// The virtual hosts of a configuration as TLS knows them, for all its listeners: certificates, keys, OCSP
/// responses and authorities, read from their files once. Immutable, for any thread.
class TlsHosts {
 public:
  using Problems = std::vector<gateway::ConfigurationProblem>;
  /// Reads all files; nothing else is touched, so that a reload that fails here leaves the old hosts at work.
  /// All that is wrong is told at once: files that cannot be read, a key of another certificate, unknown
  /// ciphers. `ticket_keys`: those of the hosts before a reload, so that their tickets stay good.
  static Result<std::shared_ptr<const TlsHosts>, Problems> load(
      const gateway::Configuration& configuration, std::shared_ptr<const tls::TicketKeys> ticket_keys);

  /// By the place in Configuration::virtual_hosts. Of one that has no certificates: no names.
  const HandshakeFacts& facts_of(gateway::VirtualHostIndex virtual_host) const {
    return facts_[virtual_host];
  }
  size_t size() const { return facts_.size(); }
  /// What a person should know although everything works: keys that others may read.
  const Problems& warnings() const { return warnings_; }

 private:
  friend class TlsFront;
  friend class TlsHostsLoader;
  TlsHosts() = default;

  std::shared_ptr<const tls::ServerContext> context_;      ///< nullptr when no virtual host has certificates
  std::vector<HandshakeFacts> facts_;                      ///< by VirtualHostIndex
  std::vector<std::optional<size_t>> hosts_;               ///< by VirtualHostIndex: the host of `context_`
  std::vector<gateway::VirtualHostIndex> virtual_hosts_;   ///< by host of `context_`
  std::deque<std::vector<CertificateName>> common_names_;  ///< of those with several certificates
  Problems warnings_;
};

}  // namespace astray::proxy
