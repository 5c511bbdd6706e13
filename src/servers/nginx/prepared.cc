#include "servers/nginx/prepared.h"

namespace astray::nginx {
namespace {

HostFacts gather(const VirtualHost& host) {
  return {digest(host.tls).client_authentication,
          host.span,
          !host.tls.certificates.empty() || host.tls.reject_handshake.value,
          host.http2.value,
          host.http3.value,
          !host.fixed_status.known() || host.fixed_status.value != 0,
          host.tls.client_authentication.known(),
          host.tls.client_authentication.value};
}

}  // namespace

Prepared::Prepared(const Deployment& deployment) : deployment_(deployment) {
  facts_.reserve(deployment.virtual_hosts.size());
  for (const VirtualHost& host : deployment.virtual_hosts) facts_.push_back(gather(host));
  // *:443 and [::]:443 mostly have the same servers.
  std::map<std::vector<VirtualHostId>, const NameTable*> by_servers;
  for (const Listener& listener : deployment.listeners) {
    const NameTable*& table = by_servers[listener.virtual_hosts];
    if (table == nullptr) {
      owned_tables_.push_back(std::make_unique<NameTable>(deployment, listener.virtual_hosts));
      table = owned_tables_.back().get();
    }
    tables_.push_back(table);
  }
}

}  // namespace astray::nginx
