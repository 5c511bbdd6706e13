#include "proxy/front/tls_front.h"

#include "base/check.h"

namespace astray::proxy {

std::shared_ptr<const TlsFront> TlsFront::make(std::shared_ptr<const TlsHosts> hosts,
                                               std::shared_ptr<const gateway::AuthorityTable> table,
                                               const gateway::Configuration& configuration,
                                               const gateway::ListenerSettings& listener) {
  CHECK(listener.tls && hosts->size() == configuration.virtual_hosts.size());
  gateway::HandshakeChoice by_name(*table, configuration, listener);
  std::shared_ptr<TlsFront> made(new TlsFront(std::move(hosts), std::move(table), std::move(by_name)));
  made->choose_ = [front = made.get()](std::optional<std::string_view> server_name) {
    return front->choose(server_name);
  };
  return made;
}

std::optional<tls::Server> TlsFront::accept() const {
  if (!hosts_->context_) return std::nullopt;
  return tls::Server(hosts_->context_, std::shared_ptr<const tls::ChooseHost>(shared_from_this(), &choose_));
}

const HandshakeFacts& TlsFront::facts_of(const tls::ClientAccepted& accepted) const {
  return hosts_->facts_[hosts_->virtual_hosts_[accepted.virtual_host]];
}

tls::HostChoice TlsFront::choose(std::optional<std::string_view> server_name) const {
  const gateway::HandshakeChoice::Chosen chosen = by_name_.choose(server_name);
  if (!chosen.virtual_host) return tls::RefuseWithAlert{};
  const auto& host = hosts_->hosts_[*chosen.virtual_host];
  // Claimed, and nothing to show for it: whose name it is must not be shown another's certificate.
  if (!host) return tls::RefuseWithAlert{};
  return *host;
}

}  // namespace astray::proxy
