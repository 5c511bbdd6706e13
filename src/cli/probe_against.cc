#include "cli/probe_against.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/prediction_matrix.h"

namespace astray {
namespace {

/// Whether any virtual host of the listener speaks TLS there.
PortProtocol protocol_of(const Deployment& deployment, const Listener& listener) {
  if (listener.tls.known()) return listener.tls.value ? PortProtocol::https : PortProtocol::http;
  const bool secure =
      std::any_of(listener.virtual_hosts.begin(), listener.virtual_hosts.end(),
                  [&](VirtualHostId id) { return !deployment.virtual_host(id).tls.certificates.empty(); });
  return secure ? PortProtocol::https : PortProtocol::http;
}

IpAddress address_of(const Listener& listener) {
  const IpAddress loopback = IpAddress::v4({127, 0, 0, 1});
  if (!listener.address.ip) return loopback;
  if (!listener.address.ip->is_unspecified()) return *listener.address.ip;
  return listener.address.ip->family() == IpFamily::v4 ? loopback : *IpAddress::parse("::1");
}

}  // namespace

TargetsOfSites targets_of(const std::vector<Site>& sites, const std::vector<NodeOverride>& instead) {
  TargetsOfSites found;
  for (const Site& site : sites) {
    const Deployment& deployment = *site.deployment;
    for (const AskedListener& asked : chosen_listeners(deployment, {})) {
      const Listener& listener = deployment.listener(asked.listener);
      if (listener.kind != Listener::Kind::http || !listener.address.unix_path.empty()) {
        found.notes.push_back(fmt::format("{}: {} is not asked: it is no HTTP listener on an address",
                                          deployment.main_file, asked.address));
        continue;
      }
      const IpAddress address = address_of(listener);
      if (instead.empty() && (!listener.address.ip || listener.address.ip->is_unspecified())) {
        found.notes.push_back(fmt::format("{}: {} is asked at {}; --node says where else",
                                          deployment.main_file, asked.address, address.text()));
      }
      const ListenerMatrix matrix = matrix_of(site, asked.listener, {});
      const PortProtocol protocol = protocol_of(deployment, listener);
      for (const AskedName& name : matrix.hosts) {
        if (!name.text || *name.text == unknown_name) continue;
        const auto host = Host::parse(*name.text);
        if (!host) continue;
        found.targets.push_back({*name.text, *host, listener.address.port, protocol, address});
      }
      for (const std::string& pattern : matrix.without_sample) {
        found.notes.push_back(fmt::format("{}: no sample name was found for {}; name one as a target",
                                          deployment.main_file, pattern));
      }
    }
  }
  return found;
}

}  // namespace astray
