#include "audit/twins.h"

#include <map>
#include <tuple>

namespace astray {
namespace {

bool are_twins(const Listener& a, const Listener& b) {
  return a.kind == b.kind && a.tls.value == b.tls.value && a.http2.value == b.http2.value &&
         a.quic.value == b.quic.value && a.virtual_hosts == b.virtual_hosts;
}

}  // namespace

std::vector<ListenerId> first_twins(const Deployment& deployment) {
  // Ten thousand listeners of one site each must not be compared each with each.
  using Key = std::tuple<uint16_t, VirtualHostId, size_t>;
  std::map<Key, std::vector<ListenerId>> alike;
  std::vector<ListenerId> first;
  for (size_t i = 0; i < deployment.listeners.size(); ++i) {
    const Listener& listener = deployment.listeners[i];
    ListenerId found = static_cast<ListenerId>(i);
    auto& candidates =
        alike[{listener.address.port.number(), listener.default_virtual_host, listener.virtual_hosts.size()}];
    for (ListenerId candidate : candidates) {
      if (!are_twins(deployment.listener(candidate), listener)) continue;
      found = candidate;
      break;
    }
    if (found == static_cast<ListenerId>(i)) candidates.push_back(found);
    first.push_back(found);
  }
  return first;
}

}  // namespace astray
