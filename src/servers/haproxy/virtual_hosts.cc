#include "servers/haproxy/virtual_hosts.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "names/hostname.h"
#include "servers/haproxy/back_edges.h"
#include "servers/haproxy/names.h"
#include "servers/haproxy/walk.h"

namespace astray::haproxy {
namespace {

constexpr std::string_view nobody = "nobody.invalid";

/// Makes the virtual hosts of one bind line.
class BindHostsMaker {
 public:
  BindHostsMaker(const Parts& parts, ProxyId frontend, const Bind& bind, Deployment& deployment)
      : parts_(parts), proxy_(parts.proxies.at(frontend)), bind_(bind), deployment_(deployment) {
    made_.frontend = frontend;
    made_.bind = &bind;
  }

  std::shared_ptr<const BindHosts> make(const std::vector<RuleName>& in_rules) {
    for (const RuleName& each : in_rules) take(each.name, each.sample);
    for (const TlsContext& context : bind_.contexts)
      for (const NamedPattern& name : context.names) take(name, sample_of(name.pattern));
    made_.by_default = host_for(asked_for(nobody));
    take_other_answerers();
    return std::make_shared<const BindHosts>(std::move(made_));
  }
  const std::vector<VirtualHostId>& hosts() const { return hosts_; }

 private:
  struct Fate {
    Outcome outcome;
    Bind::Choice choice;
  };
  Fate asked_for(std::string_view name) const {
    const Port port = bind_.addresses.empty() ? Port(443) : bind_.addresses.front().port;
    return {walk(parts_.proxies, made_.frontend, request_of(bind_, name, port)), bind_.choose(name)};
  }

  // Who answers only on connections of other names, or to clients with certificates, is a virtual host, too.
  void take_other_answerers() {
    for (const UseBackend& rule : proxy_.use_backend) {
      const std::vector<std::string> names = names_of(rule.target);
      for (const std::string& name : names) take_answerer(parts_.proxies.backend(name));
      if (names.empty()) take_every_backend();
    }
    if (proxy_.default_backend) take_answerer(parts_.proxies.backend(*proxy_.default_backend));
    if (answers_itself()) take_answerer(made_.frontend);
  }

  /// Where the request itself names the backend, it may name any.
  void take_every_backend() {
    for (const Proxy& proxy : parts_.proxies.all)
      if (proxy.has_servers && proxy.http == proxy_.http) take_answerer(parts_.proxies.backend(proxy.name));
  }

  bool answers_itself() const {
    const auto ends = [](const Rule& rule) {
      return rule.action == Rule::Action::refuse || rule.action == Rule::Action::close ||
             rule.action == Rule::Action::answer || rule.action == Rule::Action::redirect;
    };
    return !proxy_.default_backend || std::any_of(proxy_.tcp_rules.begin(), proxy_.tcp_rules.end(), ends) ||
           std::any_of(proxy_.http_rules.begin(), proxy_.http_rules.end(), ends) ||
           std::any_of(proxy_.redirects.begin(), proxy_.redirects.end(), ends);
  }

  void take_answerer(ProxyId id) {
    if (id == ProxyId::none || made_.by_answerer.contains(id)) return;
    Outcome outcome;
    outcome.answerer = id;
    outcome.kind = Outcome::Kind::served;
    host_for({std::move(outcome), bind_.choose("")});
  }

  /// What a target may come to, as far as literals and the values of one map say.
  static std::vector<std::string> names_of(const Format& target) {
    std::vector<std::string> names{""};
    for (const Format::Piece& piece : target.pieces) {
      if (!piece.expression) {
        for (std::string& name : names) name += piece.text;
        continue;
      }
      const auto& converters = piece.expression->converters;
      const bool has_map = !converters.empty() && converters.back().patterns != nullptr && names.size() == 1;
      if (!has_map) return {};
      std::set<std::string> values;
      for (const Pattern& pattern : converters.back().patterns->all()) values.insert(pattern.value);
      if (converters.back().call.arguments.size() > 1) values.insert(converters.back().call.arguments[1]);
      const std::string before = names.front();
      names.clear();
      for (const std::string& value : values) names.push_back(before + value);
    }
    return names;
  }

  void take(const NamedPattern& name, const std::string& sample) {
    // Common names of certificates need not be names of hosts.
    if (!Hostname::parse(sample)) return;
    if (!taken_.insert(name.pattern).second) return;
    const VirtualHostId id = host_for(asked_for(sample));
    deployment_.virtual_hosts[static_cast<size_t>(id)].names.push_back(name);
    if (name.pattern.kind == PatternKind::exact) made_.exact.try_emplace(name.pattern.text, id);
  }

  VirtualHostId host_for(const Fate& fate) {
    const HostKey key{fate.outcome.answerer, fate.choice.context};
    const auto [entry, is_new] = made_.by_key.try_emplace(key, VirtualHostId::none);
    if (!is_new) return entry->second;
    entry->second = static_cast<VirtualHostId>(deployment_.virtual_hosts.size());
    hosts_.push_back(entry->second);
    made_.by_answerer.try_emplace(key.first, entry->second);
    made_.by_context.try_emplace(key.second, entry->second);
    deployment_.virtual_hosts.push_back(host_of(fate));
    return entry->second;
  }

  VirtualHost host_of(const Fate& fate) const {
    VirtualHost host;
    const Proxy& answerer = parts_.proxies.at(fate.outcome.answerer);
    host.span = answerer.span;
    host.title = answerer.name;
    if (fate.choice.context != ContextId::none) {
      const TlsContext& context = bind_.contexts[static_cast<size_t>(fate.choice.context)];
      host.tls = context.tls;
      host.tls.certificates.clear();
      for (const TlsContext& part : bind_.contexts)
        if (part.bundle == context.bundle) host.tls.certificates.push_back(part.tls.certificates.front());
      if (!fate.choice.by_name && !bind_.default_keeps_versions) host.tls.versions.value = bind_.versions;
      host.http2 = {context.speaks_h2() && proxy_.http && !bind_.quic, context.span, Provenance::set};
      if (bind_.quic) host.http3 = {true, bind_.span, Provenance::set};
    } else if (bind_.ssl) {
      host.tls.enabled = {true, bind_.span, Provenance::set};
    }
    if (fate.outcome.kind == Outcome::Kind::unknown)
      host.fixed_status = {0, fate.outcome.source, Provenance::unknowable};
    else if (fate.outcome.status != 0)
      host.fixed_status = {fate.outcome.status, fate.outcome.source, Provenance::set};
    if (proxy_.logs && proxy_.log) host.access_logs.push_back(*proxy_.log);
    if (fate.outcome.kind == Outcome::Kind::served) host.back_edges = back_edges(answerer, fate.outcome);
    return host;
  }

  const Parts& parts_;
  const Proxy& proxy_;
  const Bind& bind_;
  Deployment& deployment_;
  BindHosts made_;
  std::vector<VirtualHostId> hosts_;
  std::set<ServerNamePattern> taken_;
};

/// Where a frontend in mode tcp sends connections whose TLS it does not end.
std::vector<PassthroughRoute> routes_of(const Proxies& proxies, ProxyId frontend, Port port,
                                        const std::vector<RuleName>& names) {
  std::vector<PassthroughRoute> routes;
  std::set<ServerNamePattern> taken;
  const auto add = [&](std::optional<ServerNamePattern> pattern, std::string_view sample, SourceSpan span) {
    RequestView request;
    request.has_http = false;
    request.hello_sni = std::string(sample);
    request.port = port.number();
    const Outcome outcome = walk(proxies, frontend, std::move(request));
    if (outcome.kind == Outcome::Kind::unknown) pattern = ServerNamePattern{PatternKind::unknowable, std::string(sample)};
    if (outcome.kind != Outcome::Kind::served && outcome.kind != Outcome::Kind::unknown) return;
    PassthroughRoute& route = routes.emplace_back();
    route.name = std::move(pattern);
    route.span = span;
    const auto edges = back_edges(proxies.at(outcome.answerer), outcome);
    if (edges.empty()) {
      route.back.protocol = BackProtocol::tcp;
      route.back.addresses_known = false;
      return;
    }
    route.back = edges.front();
    for (size_t i = 1; i < edges.size(); ++i)
      route.back.addresses.insert(route.back.addresses.end(), edges[i].addresses.begin(), edges[i].addresses.end());
  };
  for (const RuleName& each : names)
    if (taken.insert(each.name.pattern).second) add(each.name.pattern, each.sample, each.name.span);
  add(std::nullopt, nobody, proxies.at(frontend).span);
  return routes;
}

Listener listener_of(const Bind& bind, const ListenAddress& address, const Proxy& proxy) {
  Listener listener;
  listener.address = address;
  listener.span = bind.span;
  listener.tls = {bind.ssl || bind.quic, bind.span, Provenance::set};
  if (bind.quic) listener.quic = {true, bind.span, Provenance::set};
  if (bind.proxy_protocol) listener.proxy_protocol = {true, bind.span, Provenance::set};
  const bool ends_tls = bind.ssl || bind.quic;
  listener.kind = proxy.http ? Listener::Kind::http : ends_tls ? Listener::Kind::tcp : Listener::Kind::passthrough;
  return listener;
}

}  // namespace

RequestView request_of(const Bind& bind, std::string_view name, Port port) {
  RequestView request;
  request.has_tls = bind.ssl || bind.quic;
  if (request.has_tls) request.sni = std::string(name);
  // Where certificates are asked for, the client that is meant has one.
  const Bind::Choice choice = bind.choose(name);
  if (choice.context != ContextId::none) {
    const auto& asked = bind.contexts[static_cast<size_t>(choice.context)].tls.client_authentication;
    request.has_client_certificate = asked.value != ClientAuthentication::off;
  }
  request.host = std::string(name);
  request.port = port.number();
  request.http_version = request.has_tls ? 2 : 1;
  return request;
}

void make_virtual_hosts(Parts& parts, Deployment& deployment) {
  for (size_t i = 0; i < parts.proxies.all.size(); ++i) {
    const Proxy& proxy = parts.proxies.all[i];
    if (!proxy.takes_requests || proxy.disabled) continue;
    const auto id = static_cast<ProxyId>(i);
    const std::vector<RuleName> names = names_in_rules(parts.proxies, proxy);
    for (const Bind& bind : proxy.binds) {
      if (bind.addresses.empty()) continue;
      const bool is_passthrough = !proxy.http && !bind.ssl && !bind.quic;
      std::shared_ptr<const BindHosts> hosts;
      std::vector<VirtualHostId> ids;
      if (!is_passthrough) {
        BindHostsMaker maker(parts, id, bind, deployment);
        hosts = maker.make(names);
        ids = maker.hosts();
      }
      for (const ListenAddress& address : bind.addresses) {
        Listener& listener = deployment.listeners.emplace_back(listener_of(bind, address, proxy));
        listener.virtual_hosts = ids;
        if (hosts) {
          listener.default_virtual_host = hosts->by_default;
          listener.default_is_explicit = proxy.default_backend.has_value();
        } else {
          listener.routes = routes_of(parts.proxies, id, address.port, names);
        }
        parts.listeners.push_back(hosts);
      }
    }
  }
}

}  // namespace astray::haproxy
