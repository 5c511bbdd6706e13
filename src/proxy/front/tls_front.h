#pragma once
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/configuration/configuration.h"
#include "gateway/ownership/authority_table.h"
#include "proxy/front/tls_hosts.h"
#include "tls/engine/server.h"

namespace astray::proxy {

/// The TLS side of one listener: which virtual host takes a handshake. It asks the table that routing asks,
/// so that both mean the same by a name (case, a trailing dot, wildcards). Immutable, for any thread;
/// connections keep it alive.
///
/// An SNI is one of
///  * of a virtual host: somebody claims the name at the listener's port, and belongs to the listener
///  * unknown: nobody does, or by the table's default alone. ListenerSettings::unknown_sni says what then
///  * missing: the extension was not sent. ListenerSettings::missing_sni says what then
///  * malformed: no host name in ASCII (RFC 6066 §3): refused, whatever the settings say
/// Refused means the alert unrecognized_name.
class TlsFront : public std::enable_shared_from_this<TlsFront> {
 public:
  /// `listener` is one of the configuration's, with TLS, and the table's virtual hosts are the
  /// configuration's in its order; so are `hosts`.
  static std::shared_ptr<const TlsFront> make(std::shared_ptr<const TlsHosts> hosts,
                                              std::shared_ptr<const gateway::AuthorityTable> table,
                                              const gateway::Configuration& configuration,
                                              const gateway::ListenerSettings& listener);

  /// For a new connection. Nothing: no virtual host has a certificate, so there is no handshake to do.
  std::optional<tls::Server> accept() const;
  /// Of a connection of this front.
  const HandshakeFacts& facts_of(const tls::ClientAccepted& accepted) const;
  const std::shared_ptr<const TlsHosts>& hosts() const { return hosts_; }

  tls::HostChoice choose(std::optional<std::string_view> server_name) const;

 private:
  TlsFront(std::shared_ptr<const TlsHosts> hosts, std::shared_ptr<const gateway::AuthorityTable> table)
      : hosts_(std::move(hosts)), table_(std::move(table)) {}

  std::shared_ptr<const TlsHosts> hosts_;
  std::shared_ptr<const gateway::AuthorityTable> table_;
  gateway::SchemePort at_{};
  std::vector<bool> belongs_{};                       ///< by VirtualHostIndex: to this listener
  tls::HostChoice unknown_ = tls::RefuseWithAlert{};  ///< what an unknown SNI gets
  tls::HostChoice missing_ = tls::RefuseWithAlert{};
  tls::ChooseHost choose_{};
};

}  // namespace astray::proxy
