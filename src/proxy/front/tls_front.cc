#include "proxy/front/tls_front.h"

#include <algorithm>

#include "base/check.h"
#include "gateway/ownership/owners.h"
#include "names/server_name.h"

namespace astray::proxy {
namespace {

using gateway::ListenerSettings;
using gateway::SniFallback;
using gateway::VirtualHostSettings;

bool belongs_to(const VirtualHostSettings& virtual_host, const ListenerSettings& listener) {
  const auto& own = virtual_host.listeners;
  return own.empty() || std::any_of(own.begin(), own.end(),
                                    [&](const auto& label) { return label.value == listener.name.value; });
}

}  // namespace

std::shared_ptr<const TlsFront> TlsFront::make(std::shared_ptr<const TlsHosts> hosts,
                                               std::shared_ptr<const gateway::AuthorityTable> table,
                                               const gateway::Configuration& configuration,
                                               const ListenerSettings& listener) {
  CHECK(listener.tls && hosts->size() == configuration.virtual_hosts.size());
  std::shared_ptr<TlsFront> made(new TlsFront(std::move(hosts), std::move(table)));
  made->at_ = gateway::scheme_and_port(listener);
  tls::HostChoice by_default = tls::RefuseWithAlert{};
  for (size_t i = 0; i < configuration.virtual_hosts.size(); ++i) {
    const VirtualHostSettings& virtual_host = configuration.virtual_hosts[i];
    made->belongs_.push_back(belongs_to(virtual_host, listener));
    const bool is_default =
        listener.default_virtual_host && listener.default_virtual_host->value == virtual_host.name.value;
    if (is_default && made->belongs_.back() && made->hosts_->hosts_[i]) by_default = *made->hosts_->hosts_[i];
  }
  if (listener.unknown_sni == SniFallback::default_host) made->unknown_ = by_default;
  if (listener.missing_sni == SniFallback::default_host) made->missing_ = by_default;
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
  if (!server_name) return missing_;
  const bool is_ascii = std::all_of(server_name->begin(), server_name->end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const auto name = ServerName::parse(*server_name);
  if (!is_ascii || !name) return tls::RefuseWithAlert{};
  const auto found = table_->find(at_, name->hostname());
  const bool is_claimed = found && found->match != gateway::AuthorityTable::Match::by_default;
  if (!is_claimed || !belongs_[found->virtual_host]) return unknown_;
  const auto& host = hosts_->hosts_[found->virtual_host];
  // Claimed, and nothing to show for it: whose name it is must not be shown another's certificate.
  if (!host) return tls::RefuseWithAlert{};
  return *host;
}

}  // namespace astray::proxy
