#include "servers/httpd/listeners.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace astray::httpd {
namespace {

/// The virtual hosts that share one address and port, in the order of the configuration.
struct Sharers {
  std::vector<VirtualHostId> ids;
  size_t statements = 0;  ///< of the address; more than one makes it name-based
};
/// By port (0: any), of one address.
using ByPort = std::map<uint16_t, Sharers>;

struct Groups {
  std::map<IpAddress, ByPort> by_address;
  ByPort any_address;

  ByPort& at(const std::optional<IpAddress>& ip) { return ip ? by_address[*ip] : any_address; }
};

const Sharers* find(const ByPort& ports, uint16_t port) {
  if (auto exact = ports.find(port); exact != ports.end()) return &exact->second;
  if (auto any = ports.find(0); any != ports.end()) return &any->second;
  return nullptr;
}

Groups group(const std::vector<HostAddresses>& hosts) {
  Groups groups;
  for (const HostAddresses& host : hosts) {
    const AddressStatement* previous = nullptr;
    for (const AddressStatement& address : host.addresses) {
      Sharers& sharers = groups.at(address.ip)[address.port];
      if (sharers.ids.empty() || sharers.ids.back() != host.id) sharers.ids.push_back(host.id);
      // "Any address" twice in a row counts once; a stated address, or with another between them, twice.
      bool repeats = previous != nullptr && !previous->ip && !address.ip && previous->port == address.port;
      if (!repeats) ++sharers.statements;
      previous = &address;
    }
  }
  return groups;
}

class ListenerBuilder {
 public:
  ListenerBuilder(const Groups& groups, VirtualHostId main, size_t limit)
      : groups_(groups), main_(main), limit_(limit) {}

  void open(const ListenStatement& listen) {
    uint16_t port = listen.port.number();
    if (listen.ip) {
      auto own = groups_.by_address.find(*listen.ip);
      add(listen, listen.ip, own == groups_.by_address.end() ? nullptr : find(own->second, port));
      return;
    }
    // Addresses with virtual hosts of their own first: the rest is for any other address.
    for (const auto& [ip, ports] : groups_.by_address) {
      if (listen.only_ipv4 && ip.family() == IpFamily::v6) continue;
      if (const Sharers* own = find(ports, port)) add(listen, ip, own);
    }
    add(listen, std::nullopt, nullptr);
  }
  Listeners take() { return std::move(result_); }
  bool is_full() const { return result_.listeners.size() >= limit_; }
  const std::set<VirtualHostId>& reached() const { return reached_; }

 private:
  /// `own`: who states this very address; null when nobody does.
  void add(const ListenStatement& listen, const std::optional<IpAddress>& ip, const Sharers* own) {
    if (is_full() || !seen_.insert({ip, listen.port}).second) return;
    const Sharers* sharers = own != nullptr ? own : find(groups_.any_address, listen.port.number());
    Listener listener;
    listener.address.ip = ip;
    listener.address.port = listen.port;
    listener.span = listen.span;
    if (sharers != nullptr) {
      listener.virtual_hosts = sharers->ids;
      listener.httpd.name_based = sharers->statements > 1;
      listener.httpd.stated_by_virtual_hosts = own != nullptr;
    } else {
      listener.virtual_hosts = {main_};
      result_.uses_main = true;
    }
    listener.default_virtual_host = listener.virtual_hosts.front();
    reached_.insert(listener.virtual_hosts.begin(), listener.virtual_hosts.end());
    result_.listeners.push_back(std::move(listener));
  }

  const Groups& groups_;
  VirtualHostId main_;
  size_t limit_;
  Listeners result_;
  std::set<std::pair<std::optional<IpAddress>, Port>> seen_;
  std::set<VirtualHostId> reached_;
};

/// One Listen for each address that a virtual host names.
std::vector<ListenStatement> assumed_listens(const std::vector<HostAddresses>& hosts) {
  std::vector<ListenStatement> listens;
  std::set<std::pair<std::optional<IpAddress>, uint16_t>> seen;
  for (const HostAddresses& host : hosts)
    for (const AddressStatement& address : host.addresses) {
      uint16_t port = address.port != 0 ? address.port : host.tls ? 443 : 80;
      if (!seen.insert({address.ip, port}).second) continue;
      listens.push_back({host.span, address.ip, Port(port), port == 443 ? "https" : "http", false});
    }
  return listens;
}

}  // namespace

Listeners make_listeners(const std::vector<ListenStatement>& listens, const std::vector<HostAddresses>& hosts,
                         VirtualHostId main, size_t limit, Problems& problems) {
  Groups groups = group(hosts);
  ListenerBuilder builder(groups, main, limit);
  if (listens.empty() && !hosts.empty())
    problems.warning(
        {},
        "no Listen was read, so the addresses of the <VirtualHost> sections are taken for open (port 443 "
        "with "
        "SSLEngine on, else 80, where they name none); read the main file to have it from there");
  for (const ListenStatement& listen : listens.empty() ? assumed_listens(hosts) : listens)
    builder.open(listen);
  if (builder.is_full())
    problems.error(
        {}, fmt::format("addresses and ports make more than {} listeners, so the rest is left out", limit));
  else if (!listens.empty())
    for (const HostAddresses& host : hosts)
      if (!builder.reached().contains(host.id) && !host.addresses.empty())
        problems.warning(
            host.span,
            "no Listen opens an address of this <VirtualHost>, so nobody reaches it; add one, or correct "
            "the address or port");
  return builder.take();
}

}  // namespace astray::httpd
