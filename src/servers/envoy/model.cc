#include "servers/envoy/model.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "servers/envoy/listener_tables.h"

namespace astray::envoy {
namespace {

ServerNamePattern pattern_of(std::string_view text) {
  if (text.starts_with("*.") && text.find('*', 1) == std::string_view::npos)
    return {PatternKind::leading_wildcard, std::string(text.substr(2))};
  if (text.ends_with(".*") && text.find('*') == text.size() - 1)
    return {PatternKind::trailing_wildcard, std::string(text.substr(0, text.size() - 2))};
  if (text.find('*') != std::string_view::npos) return {PatternKind::glob, std::string(text)};
  return {PatternKind::exact, std::string(text)};
}

/// A name that a pattern takes.
std::string example_of(std::string_view text) {
  std::string name(text);
  if (const size_t star = name.find('*'); star != std::string::npos)
    name.replace(star, 1, star == 0 ? "any" : "com");
  return name;
}

/// A domain as a name without port: "a.test:8443" and "a.test:*" are "a.test".
std::string_view name_of(std::string_view domain) {
  if (domain.ends_with(":*")) return domain.substr(0, domain.size() - 2);
  return without_port(domain);
}

/// Collects the names of one virtual host, each once.
class Names {
 public:
  explicit Names(std::vector<NamedPattern>& into) : into_(into) {}
  void add(std::string_view text, SourceSpan span) {
    if (seen_.insert(std::string(text)).second) into_.push_back({pattern_of(text), span});
  }

 private:
  std::vector<NamedPattern>& into_;
  std::set<std::string> seen_;
};

class ChainModel {
 public:
  /// `name`: unique in the listener.
  ChainModel(const ListenerTables& tables, Chain& chain, std::string name, Deployment& deployment)
      : tables_(tables), chain_(chain), name_(std::move(name)), deployment_(deployment) {}

  std::vector<VirtualHostId> make() {
    std::vector<VirtualHostId> made;
    const bool has_hosts = chain_.http && chain_.http->routes.known;
    std::vector<std::string> left_over;
    if (has_hosts) sni_of_.resize(chain_.http->routes.virtual_hosts.size());
    for (const std::string& name : chain_.match.server_names) {
      if (const auto found = owner(example_of(name)))
        sni_of_[found->virtual_host].push_back(name);
      else
        left_over.push_back(name);
    }
    if (has_hosts) {
      for (const RouteVirtualHost& host : chain_.http->routes.virtual_hosts) made.push_back(make_host(host));
      chain_.ids = made;
    }
    if (made.empty() || !left_over.empty()) {
      chain_.own = make_own(left_over, has_hosts);
      made.push_back(chain_.own);
    }
    return made;
  }

 private:
  /// Of this chain's virtual hosts, the one that the name leads to, on a connection that got here.
  std::optional<DomainTable::Found> owner(const std::string& name) const {
    const DomainTable* domains = tables_.domains(chain_);
    if (domains == nullptr || !chain_.http->routes.known) return std::nullopt;
    if (auto found = domains->find(name)) return found;
    for (const ListenAddress& address : tables_.part().addresses)
      if (auto found = domains->find(name + ":" + std::to_string(address.port.number()))) return found;
    return std::nullopt;
  }

  /// Which chain a connection for the name gets to; nullptr: none, or nobody can tell.
  const Chain* chain_for(const std::string& name) const {
    const Arrival arrival =
        chain_.tls ? tables_.tls_arrival(name, {"h2", "http/1.1"}) : tables_.clear_arrival();
    return tables_.find_chain(arrival).chain;
  }

  VirtualHost common() const {
    VirtualHost host;
    host.span = chain_.span;
    if (chain_.tls) {
      host.tls = *chain_.tls;
      const bool has_h2 = std::ranges::find(chain_.alpn, "h2") != chain_.alpn.end();
      host.http2 = {has_h2, chain_.span, Provenance::set};
      // For audits, which fold virtual hosts that nothing tells apart: those of another chain are apart.
      host.tls.other.push_back(name_);
    }
    if (chain_.http) host.access_logs = chain_.http->access_logs;
    return host;
  }

  VirtualHostId keep(VirtualHost host) const {
    deployment_.virtual_hosts.push_back(std::move(host));
    return static_cast<VirtualHostId>(deployment_.virtual_hosts.size() - 1);
  }

  VirtualHostId make_host(const RouteVirtualHost& configured) {
    VirtualHost host = common();
    host.span = configured.span;
    const auto index = static_cast<size_t>(&configured - chain_.http->routes.virtual_hosts.data());
    Names names(host.names);
    for (const Domain& domain : configured.domains) {
      if (domain.text == "*") continue;
      const std::string_view name = name_of(domain.text);
      const Chain* taker = chain_for(example_of(name));
      const bool is_pattern = name.find('*') != std::string_view::npos;
      if (taker == &chain_ || (taker == nullptr && !is_pattern)) names.add(name, domain.span);
    }
    for (const std::string& name : sni_of_[index]) names.add(name, chain_.span);
    for (const Route& route : configured.routes)
      host.back_edges.insert(host.back_edges.end(), route.back_edges.begin(), route.back_edges.end());
    host.fixed_status = fixed_status(configured);
    return keep(std::move(host));
  }

  /// Of the first route that takes "/" whatever else the request says.
  Setting<int> fixed_status(const RouteVirtualHost& host) const {
    constexpr int moved = 301;
    if (host.requires_tls && !chain_.tls) return {moved, host.span, Provenance::set};
    for (const Route& route : host.routes) {
      const RouteMatch& match = route.match;
      const bool takes_root = (match.path == RouteMatch::Path::prefix && (match.value == "/" || match.value.empty())) ||
                              (match.path == RouteMatch::Path::exact && match.value == "/");
      if (!takes_root || match.never_plain) continue;
      const bool is_plain = match.fields.empty() && match.unknowable.empty() && !match.client_certificate;
      const bool fixes = route.target.kind == RouteTarget::Kind::direct_response ||
                         route.target.kind == RouteTarget::Kind::redirect;
      if (is_plain && fixes) return {route.target.status, route.span, Provenance::set};
      return {};
    }
    return {404, host.span, Provenance::set};
  }

  VirtualHostId make_own(const std::vector<std::string>& left_over, bool has_hosts) const {
    VirtualHost host = common();
    Names names(host.names);
    for (const std::string& name : left_over) names.add(name, chain_.span);
    if (chain_.tcp) host.back_edges.push_back(*chain_.tcp);
    if (has_hosts) host.fixed_status = {404, chain_.http->routes.span, Provenance::set};
    return keep(std::move(host));
  }

  const ListenerTables& tables_;
  Chain& chain_;
  std::string name_;
  Deployment& deployment_;
  std::vector<std::vector<std::string>> sni_of_{};  ///< by virtual host of the routes: the server_names that lead to it
};

bool passes_through(const Chain& chain) {
  return chain.tcp && !chain.tls && !chain.http;
}

std::vector<PassthroughRoute> routes_through(const ListenerPart& part) {
  std::vector<PassthroughRoute> routes;
  for (const Chain* chain : chains_of(part)) {
    if (!passes_through(*chain)) continue;
    for (const std::string& name : chain->match.server_names)
      routes.push_back({pattern_of(name), chain->span, *chain->tcp});
    if (chain->match.server_names.empty()) routes.push_back({std::nullopt, chain->span, *chain->tcp});
  }
  return routes;
}

bool names_ports(const ListenerPart& part) {
  return std::ranges::any_of(chains_of(part), [](const Chain* chain) {
    if (!chain->http || !chain->http->routes.known) return chain->http.has_value();
    if (chain->http->strip_port == ConnectionManager::StripPort::any || chain->http->routes.ignores_port) return true;
    return std::ranges::any_of(chain->http->routes.virtual_hosts, [](const RouteVirtualHost& host) {
      return std::ranges::any_of(host.domains,
                                 [](const Domain& domain) { return domain.text.find(':') != std::string::npos; });
    });
  });
}

VirtualHostId default_of(const ListenerTables& tables, bool has_tls) {
  const ChainFound found = tables.find_chain(has_tls ? tables.tls_arrival("", {"h2", "http/1.1"})
                                                     : tables.clear_arrival());
  if (found.chain == nullptr || !found.chain->http || found.chain->ids.empty()) return VirtualHostId::none;
  const DomainTable* domains = tables.domains(*found.chain);
  const auto every = domains == nullptr ? std::nullopt : domains->find("");
  return every ? found.chain->ids[every->virtual_host] : VirtualHostId::none;
}

void add_listeners(size_t index, Parts& parts, Deployment& deployment) {
  ListenerPart& part = parts.listeners[index];
  const ListenerTables tables(part, [&](SourceSpan span, const std::string& message) {
    deployment.problems.push_back({ReadProblem::Severity::error, span, message});
  });
  Listener listener;
  listener.span = part.span;
  const auto chains = chains_of(part);
  const auto is_tls = [](const Chain* chain) { return chain->tls.has_value(); };
  const bool has_tls = std::ranges::any_of(chains, is_tls);
  listener.tls = {has_tls, part.span, Provenance::set};
  if (part.proxy_protocol) listener.proxy_protocol = {true, *part.proxy_protocol, Provenance::set};
  const bool ends_here =
      std::ranges::any_of(chains, [](const Chain* chain) { return !passes_through(*chain); });
  if (ends_here) {
    const auto take = [&](Chain& chain, std::string name) {
      if (passes_through(chain)) return;
      for (const VirtualHostId id : ChainModel(tables, chain, std::move(name), deployment).make())
        listener.virtual_hosts.push_back(id);
    };
    for (size_t i = 0; i < part.chains.size(); ++i)
      take(part.chains[i], fmt::format("filter chain {}", i + 1));
    if (part.default_chain) take(*part.default_chain, "default filter chain");
    listener.default_virtual_host = default_of(tables, has_tls);
    listener.default_is_explicit = listener.default_virtual_host != VirtualHostId::none;
  }
  const bool ports_are_named = names_ports(part);
  const auto keep = [&](const Listener& like) {
    for (const ListenAddress& address : part.addresses) {
      Listener& made = deployment.listeners.emplace_back(like);
      made.address = address;
      const Port usual = Port::of(has_tls ? Scheme::https : Scheme::http);
      const bool is_http = made.kind == Listener::Kind::http;
      if (is_http && !ports_are_named && address.unix_path.empty() && address.port != usual) made.public_port = usual;
      parts.part_of.push_back(index);
    }
  };
  if (ends_here) keep(listener);
  Listener through;
  through.span = part.span;
  through.routes = routes_through(part);
  if (through.routes.empty()) return;
  const bool by_name = std::ranges::any_of(through.routes, [](const auto& route) { return route.name.has_value(); });
  through.kind = by_name ? Listener::Kind::passthrough : Listener::Kind::tcp;
  keep(through);
}

}  // namespace

void make_deployment(Parts parts, Deployment& deployment) {
  for (size_t index = 0; index < parts.listeners.size(); ++index) add_listeners(index, parts, deployment);
  deployment.envoy = std::make_shared<const Parts>(std::move(parts));
}

}  // namespace astray::envoy
