#pragma once
#include <memory>
#include <optional>
#include <string_view>

#include "gateway/configuration/configuration.h"
#include "gateway/ownership/authority_table.h"
#include "gateway/ownership/handshake_choice.h"
#include "proxy/front/tls_hosts.h"
#include "tls/engine/server.h"

namespace astray::proxy {

/// The TLS side of one listener: gateway::HandshakeChoice says which virtual host takes a handshake, and here
/// are its certificates. Immutable, for any thread; connections keep it alive.
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
  TlsFront(std::shared_ptr<const TlsHosts> hosts, std::shared_ptr<const gateway::AuthorityTable> table,
           gateway::HandshakeChoice by_name)
      : hosts_(std::move(hosts)), table_(std::move(table)), by_name_(std::move(by_name)) {}

  std::shared_ptr<const TlsHosts> hosts_;
  std::shared_ptr<const gateway::AuthorityTable> table_;
  gateway::HandshakeChoice by_name_;  ///< borrows the table
  tls::ChooseHost choose_{};
};

}  // namespace astray::proxy
