#include "servers/kubernetes/ingress.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/ascii.h"
#include "servers/kubernetes/attachment.h"
#include "servers/kubernetes/backs.h"
#include "servers/kubernetes/ingress_nginx.h"

namespace astray::kubernetes {
namespace {

/// The rules of all Ingresses of a class for one host name.
struct IngressHost {
  std::string hostname{};
  SourceSpan span{};
  std::vector<std::pair<const Object*, const Node*>> rules{};  ///< with the rule, or with a defaultBackend
  std::optional<CertificateUse> certificate{};
  std::string alias_of{};  ///< server-alias: the host whose server it is; "": its own
};

struct IngressClass {
  std::string title{}, controller{};
  std::vector<IngressHost> hosts{};
  std::map<std::string, size_t> by_name{};
};

std::string class_name(const Object& ingress, const Cluster& cluster) {
  if (std::string stated = text(field(ingress.node, "spec"), "ingressClassName"); !stated.empty()) return stated;
  if (const Node* node = annotation(ingress, "kubernetes.io/ingress.class")) return node->text;
  for (const auto& [name, object] : cluster.ingress_classes)
    if (const Node* node = annotation(*object, "ingressclass.kubernetes.io/is-default-class"); node && node->text == "true")
      return name;
  return "";
}

IngressHost& host_of(IngressClass& of_class, const std::string& hostname, SourceSpan span) {
  const auto [at, is_new] = of_class.by_name.try_emplace(hostname, of_class.hosts.size());
  if (is_new) of_class.hosts.push_back({hostname, span, {}, std::nullopt, {}});
  return of_class.hosts[at->second];
}

/// The Secret of a host: of the tls entry that names it; ingress-nginx also takes one whose certificate covers it.
void take_certificate(const Object& ingress, IngressHost& host, bool is_nginx, Credentials& credentials) {
  if (host.certificate) return;
  const auto entries = items(field(ingress.node, "spec"), "tls");
  for (const Node* entry : entries) {
    const auto names = items(entry, "hosts");
    const Node* secret = field(entry, "secretName");
    if (secret == nullptr || std::ranges::none_of(names, [&](const Node* name) { return ascii_lower(name->text) == host.hostname; }))
      continue;
    host.certificate = credentials.certificate_of(ingress.name_space, secret->text, secret->place);
    return;
  }
  const auto asked = Host::parse(host.hostname);
  if (!is_nginx || !asked) return;
  for (const Node* entry : entries) {
    const Node* secret = field(entry, "secretName");
    if (secret == nullptr) continue;
    CertificateUse use = credentials.certificate_of(ingress.name_space, secret->text, secret->place);
    if (!use.certificate || !use.certificate->covers(*asked)) continue;
    host.certificate = std::move(use);
    return;
  }
}

class ClassBuilder {
 public:
  ClassBuilder(const IngressClass& of_class, const Reading& reading, Credentials& credentials)
      : class_(of_class), reading_(reading), credentials_(credentials),
        is_nginx_(of_class.controller == ingress_nginx::controller) {}

  void add(std::vector<PortPart>& into) {
    PortPart clear = port(80);
    PortPart tls = port(443);
    for (const IngressHost& host : class_.hosts) {
      add_host(host, false, clear);
      add_host(host, true, tls);
    }
    if (is_nginx_ && !class_.by_name.contains("")) {
      const IngressHost nobody{};
      add_host(nobody, false, clear);
      add_host(nobody, true, tls);
    }
    into.push_back(std::move(clear));
    into.push_back(std::move(tls));
  }

 private:
  PortPart port(uint16_t number) const {
    PortPart made;
    made.title = class_.title;
    made.is_ingress = true;
    made.controller = class_.controller;
    made.port = Port(number);
    made.span = class_.hosts.empty() ? SourceSpan{} : class_.hosts.front().span;
    made.crossing = is_nginx_ ? Crossing::nginx : Crossing::unknowable;
    made.by_hostname = HostnameTable(Wildcard::one_label);
    return made;
  }

  void add_host(const IngressHost& host, bool is_tls, PortPart& into) {
    ListenerPart part;
    part.title = host.hostname.empty() ? "the default server of " + class_.title : "host " + host.hostname;
    part.span = host.rules.empty() ? into.span : host.span;
    part.hostname = host.hostname;
    part.unclaimed.span = part.span;
    part.by_name = HostnameTable(Wildcard::one_label);
    if (is_tls) part.tls = tls_of(host);
    if (!host.rules.empty()) {
      HostPart made;
      made.hostname = host.hostname;
      made.span = host.span;
      made.root = root_of_host(host, is_tls);
      made.back_edges = std::make_shared<const std::vector<BackEdge>>(back_edges_of_host(host));
      part.by_name.add(made.hostname, 0);
      part.hosts.push_back(std::move(made));
    }
    into.by_hostname.add(part.hostname, into.listeners.size());
    into.listeners.push_back(std::move(part));
  }

  TlsSettings tls_of(const IngressHost& host) {
    TlsSettings tls;
    tls.enabled = {true, host.span, Provenance::set};
    tls.session_tickets.value = true;
    tls.versions.value = tls_version::tls1_2 | tls_version::tls1_3;
    CertificateUse& use = tls.certificates.emplace_back();
    if (host.certificate) {
      use = *host.certificate;
    } else {
      use.path = "(the controller's default certificate)";
      use.span = host.span;
      use.provenance = Provenance::unknowable;
    }
    if (!is_nginx_) return tls;
    for (const auto& [ingress, rule] : host.rules) {
      ingress_nginx::take_client_authentication(*ingress, credentials_, tls);
      const Node* through = ingress_nginx::annotation_of(*ingress, "ssl-passthrough");
      if (through == nullptr || through->text != "true") continue;
      use.certificate = nullptr;
      use.provenance = Provenance::unknowable;
      reading_.warning(through->place, fmt::format("whether {} passes through depends on the controller's flag "
                                                   "--enable-ssl-passthrough; what answers there is not known",
                                                   host.hostname));
    }
    return tls;
  }

  RootAnswer root_of_host(const IngressHost& host, bool is_tls) const {
    for (const auto& [ingress, rule] : host.rules) {
      if (!is_nginx_) continue;
      if (const Node* snippet = ingress_nginx::snippet_of(*ingress)) return {RootAnswer::Kind::unknowable, 0, snippet->place};
      if (const Node* through = ingress_nginx::annotation_of(*ingress, "ssl-passthrough"); through && through->text == "true")
        return {RootAnswer::Kind::unknowable, 0, through->place};
    }
    const auto server = class_.by_name.find(host.alias_of.empty() ? host.hostname : host.alias_of);
    const bool has_tls = server != class_.by_name.end() && class_.hosts[server->second].certificate.has_value();
    if (!is_tls && has_tls && !is_nginx_) return {RootAnswer::Kind::unknowable, 0, host.span};
    for (const auto& [ingress, rule] : host.rules) {
      const int redirect = is_nginx_ && !is_tls ? ingress_nginx::clear_redirect(*ingress, has_tls) : 0;
      if (redirect != 0) return {RootAnswer::Kind::status, redirect, rule->place};
      const auto paths = items(field(rule, "http"), "paths");
      const bool is_default_backend = field(rule, "service") != nullptr || field(rule, "resource") != nullptr;
      if (is_default_backend) return {RootAnswer::Kind::back, 0, rule->place};
      for (const Node* path : paths)
        if (text_or(path, "path", "/") == "/") return {RootAnswer::Kind::back, 0, path->place};
    }
    // What no path takes goes to the default backend, of the Ingress or of the controller.
    for (const auto& [ingress, rule] : host.rules)
      if (const Node* backend = field_at(ingress->node, "spec.defaultBackend"))
        return {RootAnswer::Kind::back, 0, backend->place};
    if (!is_nginx_) return {RootAnswer::Kind::unknowable, 0, host.span};
    return {RootAnswer::Kind::status, 404, host.span};
  }

  BackEdge edge_of(const Object& ingress, const Node* backend, std::string location) const {
    const Node* service = field(backend, "service");
    BackEdge edge;
    edge.span = place(backend);
    edge.location = std::move(location);
    edge.keepalive.value = 1;
    edge.host = {{NameExpression::Kind::request_host_raw, {}}, {}, Provenance::default_value};
    if (is_nginx_) ingress_nginx::take_back_annotations(ingress, edge);
    const std::string full = full_name(ingress.name_space, text(service, "name"));
    std::string number = text(field(service, "port"), "number");
    if (number.empty()) number = text(service_port(full, text(field(service, "port"), "name"), reading_), "port");
    const std::string dns = fmt::format("{}.{}.svc.cluster.local", text(service, "name"), ingress.name_space);
    edge.target = number.empty() ? dns : fmt::format("{}:{}", dns, number);
    edge.pool = edge.target;
    if (const auto port = Port::parse(number))
      edge.addresses.push_back({dns, {}, *port, edge.span});
    else
      edge.addresses_known = false;
    return edge;
  }

  std::vector<BackEdge> back_edges_of_host(const IngressHost& host) const {
    std::vector<BackEdge> edges;
    for (const auto& [ingress, rule] : host.rules) {
      if (field(rule, "service") != nullptr) edges.push_back(edge_of(*ingress, rule, "/"));
      for (const Node* path : items(field(rule, "http"), "paths"))
        edges.push_back(edge_of(*ingress, field(path, "backend"), text_or(path, "path", "/")));
    }
    return edges;
  }

  const IngressClass& class_;
  const Reading& reading_;
  Credentials& credentials_;
  bool is_nginx_;
};

void add_ingress(const Object& ingress, IngressClass& into, const Reading& reading, Credentials& credentials) {
  const bool is_nginx = into.controller == ingress_nginx::controller;
  const Node* canary = is_nginx ? ingress_nginx::annotation_of(ingress, "canary") : nullptr;
  if (canary != nullptr && canary->text == "true") return;  // shares of another Ingress's requests
  const Node* spec = field(ingress.node, "spec");
  const auto take = [&](const std::string& name, const Node* rule) {
    if (!name.empty() && !is_hostname(name))
      return reading.warning(rule->place, fmt::format("\"{}\" is no host name; this rule is left out", name));
    IngressHost& host = host_of(into, name, rule->place);
    host.rules.emplace_back(&ingress, rule);
    take_certificate(ingress, host, is_nginx, credentials);
  };
  const auto rules = items(spec, "rules");
  for (const Node* rule : rules) {
    take(ascii_lower(text(rule, "host")), rule);
    const Node* aliases = is_nginx ? ingress_nginx::annotation_of(ingress, "server-alias") : nullptr;
    if (aliases == nullptr) continue;
    std::string_view rest = aliases->text;
    while (!rest.empty()) {
      const size_t end = rest.find(',');
      const std::string alias = ascii_lower(ascii_trim(rest.substr(0, end)));
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
      if (alias.empty() || into.by_name.contains(alias)) continue;
      take(alias, rule);
      if (const auto made = into.by_name.find(alias); made != into.by_name.end())
        into.hosts[made->second].alias_of = ascii_lower(text(rule, "host"));
    }
  }
  const Node* backend = field(spec, "defaultBackend");
  if (backend != nullptr && rules.empty()) take("", backend);
}

}  // namespace

void add_ingress_ports(const Reading& reading, Credentials& credentials, std::vector<PortPart>& into) {
  std::map<std::string, IngressClass> classes;
  for (const Object* ingress : reading.cluster.ingresses) {
    const std::string name = class_name(*ingress, reading.cluster);
    const auto [at, is_new] = classes.try_emplace(name);
    if (is_new) {
      at->second.title = "Ingress class " + (name.empty() ? std::string("(none)") : name);
      const auto object = reading.cluster.ingress_classes.find(name);
      if (object != reading.cluster.ingress_classes.end())
        at->second.controller = text(field(object->second->node, "spec"), "controller");
      if (at->second.controller != ingress_nginx::controller)
        reading.warning(ingress->node->place,
                        fmt::format("{}: {}, so only what Ingress itself says is predicted; ingress-nginx is known by an "
                                    "IngressClass with controller {}",
                                    at->second.title,
                                    at->second.controller.empty()
                                        ? "its IngressClass is not among these objects"
                                        : "what controller " + at->second.controller + " does is not modelled",
                                    ingress_nginx::controller));
    }
    add_ingress(*ingress, at->second, reading, credentials);
  }
  for (const auto& [name, of_class] : classes) ClassBuilder(of_class, reading, credentials).add(into);
}

}  // namespace astray::kubernetes
