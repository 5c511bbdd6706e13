#include "servers/traefik/routers.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "servers/traefik/middlewares.h"
#include "servers/traefik/options.h"
#include "servers/traefik/services.h"

namespace astray::traefik {
namespace {

/// "web" and "websecure" are what Traefik's documentation and charts call them.
std::optional<Port> port_by_name(std::string_view name) {
  if (name == "web" || name == "http") return Port(80);
  if (name == "websecure" || name == "https") return Port(443);
  return std::nullopt;
}

class Routers {
 public:
  Routers(const Definitions& definitions, Statics& statics, Reading& reading, Parts& parts)
      : definitions_(definitions), statics_(statics), reading_(reading), parts_(parts),
        services_(definitions, statics.transport, reading) {}

  void read() {
    for (const auto& [name, definition] : definitions_.routers)
      for (const std::string& parent : texts(definition.node, "parentRefs"))
        parents_.insert(qualified(parent, definition.provider));
    if (!statics_.is_stated) assume_entry_points();
    parts_.entry_points = statics_.entry_points;
    for (Router& redirection : statics_.redirections) parts_.routers.push_back(std::move(redirection));
    for (const auto& [name, definition] : definitions_.routers) read_router(definition);
    for (const auto& [name, definition] : definitions_.tcp_routers) read_tcp_router(definition);
  }

 private:
  const EntryPoint* entry_point(std::string_view name) const {
    const auto found = std::ranges::find(parts_.entry_points, name, &EntryPoint::name);
    return found == parts_.entry_points.end() ? nullptr : &*found;
  }

  void assume_entry_points() {
    std::map<std::string, SourceSpan> named;
    SourceSpan anywhere{};
    for (const DefinitionMap* map : {&definitions_.routers, &definitions_.tcp_routers}) {
      for (const auto& [name, definition] : *map) {
        if (!anywhere.known()) anywhere = definition.span;
        const std::vector<std::string> points = texts(definition.node, "entryPoints");
        for (const std::string& point : points) named.try_emplace(point, definition.span);
        if (points.empty()) {
          named.try_emplace("web", definition.span);
          named.try_emplace("websecure", definition.span);
        }
      }
    }
    for (const auto& [name, span] : named) {
      const auto port = port_by_name(name);
      if (!port) {
        reading_.warning(span, fmt::format("no static configuration says which port entry point {} has; its routers are left "
                                           "out",
                                           name));
        continue;
      }
      statics_.entry_points.push_back({.name = name, .span = span, .addresses = {{{}, *port, ""}}});
    }
    if (!statics_.entry_points.empty())
      reading_.warning(anywhere, "no static configuration is here: the entry points web and websecure are taken to have the "
                                 "ports 80 and 443, and neither TLS settings nor middlewares of their own");
  }

  /// Of those that a router names; what no one defines is a problem, and left out.
  std::vector<std::string> entry_points_of(const Definition& definition) {
    std::vector<std::string> names = texts(definition.node, "entryPoints");
    if (names.empty()) return default_entry_points(statics_);
    std::erase_if(names, [&](const std::string& name) {
      if (entry_point(name) != nullptr) return false;
      if (statics_.is_stated)
        reading_.error(place(field(definition.node, "entryPoints")),
                       fmt::format("router {} names entry point {}, which the static configuration does not have",
                                   definition.name, name));
      return true;
    });
    return names;
  }

  Syntax syntax_of(const Node* node) const {
    const std::string stated = text(node, "ruleSyntax");
    if (reading_.version() < Version{3, 0, 0}) return Syntax::v2;
    if (stated.empty()) return statics_.syntax;
    return stated == "v2" ? Syntax::v2 : Syntax::v3;
  }

  void read_router(const Definition& definition) {
    const Node* node = definition.node;
    Router router;
    router.name = definition.name;
    router.span = definition.span;
    router.rule_span = place(field(node, "rule"));
    router.rule_text = text(node, "rule");
    router.dialect = {syntax_of(node), reading_.version() >= hosts_have_wildcards};
    if (field(node, "parentRefs") != nullptr)
      return reading_.warning(definition.span, fmt::format("router {} takes what another hands on (parentRefs), and is left "
                                                           "out; what its parents answer cannot be told",
                                                           definition.name));
    if (auto rule = parse_rule(router.rule_text, Layer::http)) {
      router.broken = refusal(*rule, Layer::http, router.dialect.syntax, reading_.version());
      router.rule = std::move(*rule);
    } else {
      router.broken = router.rule_text.empty() ? "it has no rule" : rule.error();
      if (!router.rule_span.known()) router.rule_span = router.span;
    }
    router.priority = number(node, "priority").value_or(0);
    if (router.priority == 0) router.priority = static_cast<int64_t>(router.rule_text.size());
    router.tls = read_router_tls(node, definition.provider);
    router.service = text(node, "service");
    if (!router.service.empty()) router.service = qualified(router.service, definition.provider);
    for (const std::string& point : entry_points_of(definition)) put_on(router, *entry_point(point), definition);
  }

  /// A router on one entry point: with its TLS settings if it has none of its own, behind its middlewares.
  void put_on(Router router, const EntryPoint& point, const Definition& definition) {
    router.entry_points = {point.name};
    if (!router.tls) router.tls = point.tls;
    std::vector<std::string> names;
    for (const std::string& name : point.middlewares) names.push_back(qualified(name, "file"));
    for (const std::string& name : texts(definition.node, "middlewares")) names.push_back(qualified(name, definition.provider));
    const Passage passage = pass(names, place(field(definition.node, "middlewares")), definitions_, reading_);
    router.target = passage.target;
    if (router.broken.empty()) router.broken = passage.broken;
    take_service(router, definition, passage.host);
    if (router.tls && router.broken.empty()) {
      const auto options = parts_.options.find(router.tls->options);
      if (options == parts_.options.end())
        router.broken = fmt::format("the TLS options {} do not exist, and connections for its hosts are closed", router.tls->options);
      else
        router.broken = options->second.broken;
    }
    if (!router.broken.empty())
      reading_.error(router.rule_span.known() ? router.rule_span : router.span,
                     fmt::format("router {} takes no request: {}", router.name, router.broken));
    parts_.routers.push_back(std::move(router));
  }

  void take_service(Router& router, const Definition& definition, const std::optional<Setting<NameExpression>>& host) {
    if (router.service.empty()) {
      if (parents_.contains(router.name))
        router.target = {Target::Kind::unknowable, 0, router.span, "", "", ""};
      else if (text(definition.node, "unknownService").empty())
        if (router.broken.empty()) router.broken = "it has no service";
      return;
    }
    const SourceSpan span = place(field(definition.node, "service"));
    Services::Found found = services_.find(router.service, span.known() ? span : definition.span, host);
    if (!found.exists && router.broken.empty()) router.broken = fmt::format("the service {} does not exist", router.service);
    if (found.status && router.target.kind == Target::Kind::site)
      router.target = {Target::Kind::status, *found.status, span, "", "", ""};
    router.edges = std::move(found.edges);
  }

  void read_tcp_router(const Definition& definition) {
    const Node* node = definition.node;
    TcpRouter router;
    router.name = definition.name;
    router.span = definition.span;
    router.rule_span = place(field(node, "rule"));
    router.dialect = {syntax_of(node), reading_.version() >= hosts_have_wildcards};
    const std::string written = text(node, "rule");
    const SourceSpan at = router.rule_span.known() ? router.rule_span : router.span;
    auto rule = parse_rule(written, Layer::tcp);
    std::string why = rule ? refusal(*rule, Layer::tcp, router.dialect.syntax, reading_.version()) : rule.error();
    const auto tls = read_router_tls(node, definition.provider);
    if (why.empty()) {
      const std::vector<std::string> domains = domains_of(*rule, Layer::tcp);
      if (!tls && !domains.empty() && domains.front() != "*") why = "it has HostSNI and no tls";
      if (text(node, "service").empty()) why = "it has no service";
    }
    if (!why.empty())
      return reading_.error(at, fmt::format("TCP router {} takes no connection: {}", definition.name, why));
    router.rule = std::move(*rule);
    router.is_catch_all = router.rule.kind == Rule::Kind::matcher && router.rule.matcher == Matcher::host_sni &&
                          router.rule.values.size() == 1 && router.rule.values.front() == "*";
    router.priority = number(node, "priority").value_or(0);
    if (router.priority == 0) router.priority = router.is_catch_all ? -1 : static_cast<int64_t>(written.size());
    if (tls) {
      router.tls = flag(field(node, "tls"), "passthrough", false) ? TcpRouter::Tls::passthrough : TcpRouter::Tls::terminated;
      router.options = tls->options;
    }
    const Node* service = field(node, "service");
    router.back = services_.find_tcp(qualified(service->text, definition.provider), service->place);
    router.entry_points = entry_points_of(definition);
    parts_.tcp_routers.push_back(std::move(router));
  }

  const Definitions& definitions_;
  Statics& statics_;
  Reading& reading_;
  Parts& parts_;
  Services services_;
  std::set<std::string, std::less<>> parents_{};
};

/// Names that routers with a certResolver have certificates for by ACME.
void take_resolved(Parts& parts) {
  for (const Router& router : parts.routers) {
    if (!router.tls || router.tls->resolver.empty()) continue;
    std::vector<std::string> names = router.tls->resolver_domains;
    if (names.empty() && router.rule) names = domains_of(*router.rule, Layer::http);
    for (std::string& name : names) {
      CertificateUse use;
      use.path = fmt::format("(from the resolver {})", router.tls->resolver);
      use.span = router.tls->span;
      use.provenance = Provenance::unknowable;
      parts.resolved.try_emplace(std::move(name), std::move(use));
    }
  }
}

}  // namespace

Parts read_parts(const Definitions& definitions, Statics statics, Reading& reading) {
  Parts parts;
  parts.options = read_options(definitions, reading);
  parts.certificates = read_certificates(definitions, reading);
  parts.default_certificate = read_default_certificate(definitions, reading);
  Routers(definitions, statics, reading, parts).read();
  take_resolved(parts);
  return parts;
}

}  // namespace astray::traefik
