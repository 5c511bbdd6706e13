#include "servers/traefik/model.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "servers/traefik/tree.h"

namespace astray::traefik {
namespace {

constexpr int nobody_status = 404;

/// The names that a rule states, each as a pattern and as a name that it takes ("" where none can be made).
struct StatedName {
  ServerNamePattern pattern;
  std::string example;
};
void add_names(const Rule& rule, const Dialect& dialect, bool negated, std::vector<StatedName>& names) {
  negated = negated != rule.negated;
  for (const Rule& part : rule.parts) add_names(part, dialect, negated, names);
  if (rule.kind != Rule::Kind::matcher || negated) return;
  for (const std::string& value : rule.values) {
    const bool is_expression = rule.matcher == Matcher::host_regexp || rule.matcher == Matcher::host_sni_regexp;
    if (!is_expression && rule.matcher != Matcher::host && rule.matcher != Matcher::host_sni) return;
    std::string name = ascii_lower(value);
    if (is_filled_in(value)) {
      names.push_back({{PatternKind::unknowable, value}, ""});
    } else if (is_expression) {
      // What takes every name is no name.
      if (value == "^.+$" || value == ".+" || value == ".*" || value == "^.*$" || value.ends_with(":.+}") || value.ends_with(":.*}")) continue;
      names.push_back({{PatternKind::regex, dialect.syntax == Syntax::v2 ? expression_of_template(value).value_or(value) : value}, ""});
    } else if (value != "*") {
      if (name.ends_with('.')) name.pop_back();
      const bool is_wildcard = name.starts_with("*.") && dialect.wildcards && dialect.syntax == Syntax::v3;
      if (is_wildcard)
        names.push_back({{PatternKind::leading_wildcard, name.substr(2)}, "any" + name.substr(1)});
      else
        names.push_back({{PatternKind::exact, name}, name});
    }
  }
}

/// The paths that a router takes, for people.
std::string location_of(const Rule& rule) {
  std::string location;
  for (const Rule& part : rule.parts)
    if (const std::string each = location_of(part); !each.empty()) location += (location.empty() ? "" : " ") + each;
  const bool is_path = rule.kind == Rule::Kind::matcher && !rule.negated &&
                       (rule.matcher == Matcher::path || rule.matcher == Matcher::path_prefix || rule.matcher == Matcher::path_regexp);
  if (is_path)
    for (const std::string& value : rule.values)
      location += fmt::format("{}{}{}", location.empty() ? "" : " ", rule.matcher == Matcher::path_regexp ? "~ " : "", value);
  return location;
}

class EntryModel {
 public:
  EntryModel(size_t index, Parts& parts, Deployment& deployment, const CertificateStore& store)
      : index_(index), parts_(parts), deployment_(deployment), store_(store), tables_(parts, index, deployment.version),
        point_(parts.entry_points[index]) {}

  void make() {
    std::vector<VirtualHostId> over_tls, in_clear;
    const bool has_tls = tables_.has_tls();
    if (has_tls) over_tls = make_side(true);
    if (!has_tls || !tables_.in_clear().routers().empty()) in_clear = make_side(false);
    Listener listener;
    listener.span = point_.span;
    listener.tls = {has_tls, point_.span, Provenance::set};
    listener.default_is_explicit = true;
    listener.virtual_hosts = has_tls ? over_tls : in_clear;
    listener.default_virtual_host = find(default_owner(has_tls), has_tls);
    if (point_.http3 && has_tls) listener.quic = {true, *point_.http3, Provenance::set};
    if (point_.proxy_protocol) listener.proxy_protocol = {true, *point_.proxy_protocol, Provenance::set};
    Listener through;
    through.span = point_.span;
    add_tcp_routes(through);
    const bool is_http = !tables_.over_tls().routers().empty() || !tables_.in_clear().routers().empty() || terminates_tcp();
    const bool has_own = is_http || through.routes.empty();
    for (const ListenAddress& address : point_.addresses) {
      if (has_own) keep(listener, address);
      if (!through.routes.empty()) keep(through, address);
    }
  }

  void note_ambiguities(ListenerId listener) {
    for (Ambiguity& ambiguity : tables_.ambiguities()) {
      ambiguity.listener = listener;
      const std::string example = ambiguity.host.starts_with('*') ? "any" + ambiguity.host.substr(1) : ambiguity.host;
      ambiguity.virtual_host = find(owner_of(tables_, store_, example, true), true);
      parts_.ambiguities.push_back(std::move(ambiguity));
    }
  }

 private:
  void keep(const Listener& like, const ListenAddress& address) {
    deployment_.listeners.push_back(like);
    deployment_.listeners.back().address = address;
    parts_.entry_point_of.push_back(index_);
  }

  bool terminates_tcp() const {
    return std::ranges::any_of(parts_.tcp_routers, [&](const TcpRouter& router) {
      return router.tls == TcpRouter::Tls::terminated && is_on(router.entry_points, point_.name);
    });
  }

  /// Of a name that nothing names.
  Owner default_owner(bool over_tls) const { return owner_of(tables_, store_, "", over_tls); }

  VirtualHostId find(const Owner& owner, bool over_tls) const {
    const auto& ids = parts_.ids[index_];
    if (owner.router == nullptr) return over_tls ? parts_.nobody[index_].first : parts_.nobody[index_].second;
    if (const auto known = ids.find(treatment(owner, over_tls)); known != ids.end()) return known->second;
    if (const auto known = ids.find(treatment(*owner.router, over_tls)); known != ids.end()) return known->second;
    return over_tls ? parts_.nobody[index_].first : parts_.nobody[index_].second;
  }

  std::vector<VirtualHostId> make_side(bool over_tls) {
    std::vector<VirtualHostId> made;
    for (const Router& router : parts_.routers) {
      const bool is_here = is_on(router.entry_points, point_.name) && router.broken.empty() && router.tls.has_value() == over_tls;
      if (!is_here || !router.rule) continue;
      std::vector<StatedName> names;
      add_names(*router.rule, router.dialect, false, names);
      for (const StatedName& name : names) {
        const Owner owner = name.example.empty() ? of_router(router, over_tls) : owner_of(tables_, store_, name.example, over_tls);
        add_name(host_of(owner, over_tls, made), name.pattern, router.rule_span);
      }
      // Without a name, it takes what others leave.
      if (names.empty()) add_edges(host_of(of_router(router, over_tls), over_tls, made), {PatternKind::catch_all, ""});
    }
    const VirtualHostId nobody = make_nobody(over_tls);
    (over_tls ? parts_.nobody[index_].first : parts_.nobody[index_].second) = nobody;
    if (default_owner(over_tls).router == nullptr) made.push_back(nobody);
    return made;
  }

  /// A router as it is met by a name that no Host takes: under the default options.
  Owner of_router(const Router& router, bool over_tls) const {
    Owner owner{&router, "default", nullptr, true};
    if (over_tls) owner.certificate = &parts_.default_certificate;
    return owner;
  }

  VirtualHostId host_of(const Owner& owner, bool over_tls, std::vector<VirtualHostId>& made) {
    auto& ids = parts_.ids[index_];
    const auto [there, is_new] = ids.try_emplace(treatment(owner, over_tls), VirtualHostId::none);
    if (!is_new) return there->second;
    VirtualHost host;
    const Router& router = *owner.router;
    host.span = router.rule_span.known() ? router.rule_span : router.span;
    host.title = router.name;
    if (over_tls) take_tls(owner, host);
    host.fixed_status = fixed_status(owner, over_tls);
    const auto id = static_cast<VirtualHostId>(deployment_.virtual_hosts.size());
    deployment_.virtual_hosts.push_back(std::move(host));
    there->second = id;
    ids.try_emplace(treatment(router, over_tls), id);
    made.push_back(id);
    return id;
  }

  void take_tls(const Owner& owner, VirtualHost& host) const {
    const auto found = parts_.options.find(owner.options);
    const TlsOptions& options = found != parts_.options.end() ? found->second : parts_.options.at("default");
    host.tls = options.settings;
    const SourceSpan own = owner.router != nullptr && owner.router->tls ? owner.router->tls->span : point_.span;
    if (!host.tls.enabled.span.known()) host.tls.enabled.span = own;
    // The one that Traefik makes for itself is nothing that a configuration states.
    const bool is_made = owner.certificate == &parts_.default_certificate && !owner.certificate->span.known();
    if (owner.certificate != nullptr && !is_made) host.tls.certificates.push_back(*owner.certificate);
    const bool has_h2 = std::ranges::find(options.alpn, "h2") != options.alpn.end();
    host.http2 = {has_h2, options.span.known() ? options.span : own, Provenance::set};
    if (!point_.http3) return;
    host.http3 = {true, *point_.http3, Provenance::inherited};
    const Port port = point_.http3_port.value_or(point_.addresses.front().port);
    host.alt_svc.push_back({*point_.http3, "h3", "", port});
  }

  Setting<int> fixed_status(const Owner& owner, bool over_tls) const {
    const Router& router = *owner.router;
    if (!owner.answers_root) return {nobody_status, router.rule_span, Provenance::set};
    const Target& target = router.target;
    if (target.kind == Target::Kind::status) return {target.status, target.span, Provenance::set};
    const bool is_away = target.kind == Target::Kind::redirect_scheme && target.scheme != (over_tls ? "https" : "http");
    if (is_away) return {target.status, target.span, Provenance::set};
    return {};
  }

  void add_name(VirtualHostId id, const ServerNamePattern& pattern, SourceSpan span) {
    VirtualHost& host = deployment_.virtual_hosts[static_cast<size_t>(id)];
    const bool is_known = !named_.emplace(id, pattern).second;
    if (!is_known) host.names.push_back({pattern, span});
    add_edges(id, pattern);
  }

  /// Of every router that could take a request for the name.
  void add_edges(VirtualHostId id, const ServerNamePattern& pattern) {
    if (!edged_.insert(id).second) return;
    VirtualHost& host = deployment_.virtual_hosts[static_cast<size_t>(id)];
    const bool over_tls = tables_.has_tls() && host.tls.enabled.value;
    const RouteOrder& order = over_tls ? tables_.over_tls() : tables_.in_clear();
    const std::string example = pattern.kind == PatternKind::exact              ? pattern.text
                                : pattern.kind == PatternKind::leading_wildcard ? "any." + pattern.text
                                                                                : "";
    for (const Router* router : example.empty() ? std::vector<const Router*>() : order.possible(example, tables_.expressions()))
      copy_edges(*router, over_tls, host);
    if (!example.empty()) return;
    for (const Router* router : order.routers())
      if (router->name == host.title) copy_edges(*router, over_tls, host);
  }

  static void copy_edges(const Router& router, bool over_tls, VirtualHost& host) {
    const Target& target = router.target;
    const bool is_away = target.kind == Target::Kind::redirect_scheme && target.scheme != (over_tls ? "https" : "http");
    if (is_away || target.kind == Target::Kind::status) return;
    std::string location = location_of(*router.rule);
    if (location.empty()) location = "/";
    for (const BackEdge& edge : router.edges) {
      host.back_edges.push_back(edge);
      host.back_edges.back().location = location;
    }
  }

  VirtualHostId make_nobody(bool over_tls) {
    VirtualHost host;
    host.span = point_.span;
    host.title = fmt::format("entry point {}", point_.name);
    if (over_tls) {
      Owner owner;
      owner.certificate = &parts_.default_certificate;
      take_tls(owner, host);
    }
    host.fixed_status = {nobody_status, point_.span, Provenance::set};
    deployment_.virtual_hosts.push_back(std::move(host));
    return static_cast<VirtualHostId>(deployment_.virtual_hosts.size() - 1);
  }

  void add_tcp_routes(Listener& listener) const {
    const bool has_tls = tables_.has_tls();
    for (const TcpRouter& router : parts_.tcp_routers) {
      const bool is_route = router.tls == TcpRouter::Tls::passthrough || (router.tls == TcpRouter::Tls::none && !has_tls);
      if (!is_route || !is_on(router.entry_points, point_.name)) continue;
      std::vector<StatedName> names;
      add_names(router.rule, router.dialect, false, names);
      for (const StatedName& name : names) {
        // A Host of an HTTPS router goes first.
        if (!name.example.empty() && tables_.arrive(name.example, {}).tcp != &router) continue;
        listener.routes.push_back({name.pattern, router.rule_span, router.back});
      }
      if (names.empty()) listener.routes.push_back({std::nullopt, router.rule_span, router.back});
    }
    const bool by_name = std::ranges::any_of(listener.routes, [](const PassthroughRoute& route) { return route.name.has_value(); });
    listener.kind = by_name ? Listener::Kind::passthrough : Listener::Kind::tcp;
  }

  size_t index_;
  Parts& parts_;
  Deployment& deployment_;
  const CertificateStore& store_;
  EntryTables tables_;
  const EntryPoint& point_;
  std::set<std::pair<VirtualHostId, ServerNamePattern>> named_{};
  std::set<VirtualHostId> edged_{};
};

}  // namespace

Owner owner_of(const EntryTables& tables, const CertificateStore& store, const std::string& name, bool over_tls) {
  Owner owner;
  const RouteOrder& order = over_tls ? tables.over_tls() : tables.in_clear();
  const RouteOrder::Found found = order.find(Asked{name, {}, "/", false}, tables.expressions());
  owner.answers_root = found.router != nullptr;
  owner.router = found.router;
  if (owner.router == nullptr) {
    const std::vector<const Router*> possible = name.empty() ? std::vector<const Router*>() : order.possible(name, tables.expressions());
    if (!possible.empty()) owner.router = possible.front();
  }
  if (!over_tls) return owner;
  const EntryTables::Arrival arrival = tables.arrive(name, {"h2", "http/1.1"});
  owner.options = arrival.options;
  owner.certificate = store.find(name).use;
  if (owner.certificate == nullptr) owner.certificate = &store.default_certificate();
  return owner;
}

std::string treatment(const Owner& owner, bool over_tls) {
  return fmt::format("{}|{}|{}|{}|{}", static_cast<const void*>(owner.router), over_tls, owner.options,
                     static_cast<const void*>(owner.certificate), owner.answers_root);
}

std::string treatment(const Router& router, bool over_tls) {
  return fmt::format("{}|{}", static_cast<const void*>(&router), over_tls);
}

void make_deployment(Parts made, Deployment& deployment) {
  const auto parts = std::make_shared<Parts>(std::move(made));
  const CertificateStore store(*parts, deployment.version);
  parts->ids.resize(parts->entry_points.size());
  parts->nobody.resize(parts->entry_points.size(), {VirtualHostId::none, VirtualHostId::none});
  for (size_t i = 0; i < parts->entry_points.size(); ++i) {
    EntryModel model(i, *parts, deployment, store);
    const auto first = static_cast<ListenerId>(deployment.listeners.size());
    model.make();
    if (static_cast<size_t>(first) < deployment.listeners.size()) model.note_ambiguities(first);
  }
  deployment.traefik = parts;
}

}  // namespace astray::traefik
