#pragma once
// What HAProxy would run of a configuration: the rules that behaviour evaluates, and how they make up the
// virtual hosts of the model.
//
// HAProxy has no virtual hosts. The model's are made of its two decisions: which proxy answers (by the rules),
// and which certificate and demands the handshake meets (by SNI). Names that fare alike in both, each asked for
// on a connection of its own, are one virtual host.
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "servers/haproxy/proxy.h"
#include "servers/model/deployment.h"

namespace astray::haproxy {

using HostKey = std::pair<ProxyId, ContextId>;

/// The virtual hosts of one bind line.
struct BindHosts {
  ProxyId frontend = ProxyId::none;
  const Bind* bind = nullptr;
  std::map<HostKey, VirtualHostId> by_key;
  std::map<ProxyId, VirtualHostId> by_answerer;      ///< the first of each
  std::map<ContextId, VirtualHostId> by_context;     ///< the first of each
  std::unordered_map<std::string, VirtualHostId> exact;  ///< names that are written out
  VirtualHostId by_default = VirtualHostId::none;
};

struct Parts {
  Proxies proxies;
  std::vector<std::shared_ptr<const BindHosts>> listeners;  ///< by ListenerId; null: passthrough
};

}  // namespace astray::haproxy
