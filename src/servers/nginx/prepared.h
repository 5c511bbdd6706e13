#pragma once
#include <map>
#include <memory>
#include <vector>

#include "servers/model/deployment.h"
#include "servers/nginx/name_table.h"

namespace astray::nginx {

/// What every request asks of a virtual host, close together: the hosts themselves are far apart in memory.
struct HostFacts {
  uint64_t client_policy = 0;  ///< digest of its demands on client certificates; 0: none
  SourceSpan span;
  bool has_tls_context = false;  ///< certificates or ssl_reject_handshake of its own
  bool http2 = false;
  bool http3 = false;
  bool answers_itself = false;  ///< a fixed status, or one that cannot be known
  bool is_client_authentication_known = true;
  ClientAuthentication client_authentication = ClientAuthentication::off;
};

/// A deployment with what its behaviour looks up made ready. Borrows the deployment.
class Prepared {
 public:
  explicit Prepared(const Deployment& deployment);

  const Deployment& deployment() const { return deployment_; }
  const NameTable& table(ListenerId id) const { return *tables_.at(static_cast<size_t>(id)); }
  const HostFacts& facts(VirtualHostId id) const { return facts_.at(static_cast<size_t>(id)); }
  bool speaks_h2(const Listener& listener, VirtualHostId id) const {
    return listener.http2.value || facts(id).http2;
  }
  /// Whose TLS settings a connection runs under: a server without certificates of its own leaves the default
  /// one's in place, client verification included.
  VirtualHostId tls_context(const Listener& listener, VirtualHostId chosen) const {
    return facts(chosen).has_tls_context ? chosen : listener.default_virtual_host;
  }

 private:
  const Deployment& deployment_;
  std::vector<HostFacts> facts_;
  std::vector<std::unique_ptr<NameTable>> owned_tables_;
  std::vector<const NameTable*> tables_;  ///< by listener; those with the same servers share one
};

}  // namespace astray::nginx
