#include "servers/traefik/crds.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "servers/traefik/flags.h"
#include "servers/traefik/rule.h"
#include "tls/base64.h"

namespace astray::traefik {
namespace {

Node map_at(SourceSpan place) {
  Node node;
  node.kind = Node::Kind::map;
  node.place = place;
  return node;
}
Node scalar(std::string value, SourceSpan place) {
  Node node;
  node.kind = Node::Kind::quoted;
  node.text = std::move(value);
  node.place = place;
  return node;
}
void add(Node& to, std::string_view name, Node value) {
  to.kind = Node::Kind::map;
  const SourceSpan place = value.place;
  to.members.push_back({std::string(name), place, std::move(value)});
}
/// The member of a name, made where it is missing.
Node& at(Node& of, std::string_view name) {
  for (gateway::YamlMember& member : of.members)
    if (member.name == name) return member.value;
  add(of, name, map_at(of.place));
  return of.members.back().value;
}
Node copy_of(const Node* node) { return node == nullptr ? Node{} : *node; }

class CrdSource {
 public:
  CrdSource(const std::vector<kubernetes::Object>& objects, Reading& reading) : objects_(objects), reading_(reading) {
    for (const kubernetes::Object& object : objects) {
      if (object.kind == "Secret" && object.group.empty()) secrets_[object.name_space + "/" + object.name] = &object;
      if (object.kind == "Service" && object.group.empty()) services_[object.name_space + "/" + object.name] = &object;
    }
  }

  Node make() {
    root_.kind = Node::Kind::map;
    for (const kubernetes::Object& object : objects_) {
      if (!is_crd(object)) continue;
      const Node* spec = field(object.node, "spec");
      if (object.kind == "IngressRoute") take_routes(object, spec, Layer::http);
      if (object.kind == "IngressRouteTCP") take_routes(object, spec, Layer::tcp);
      if (object.kind == "TLSOption") take_options(object, spec);
      if (object.kind == "TLSStore") take_store(object, spec);
      if (object.kind == "Middleware") add_named(at(root_, "http"), "middlewares", object, middleware(object, spec));
      if (object.kind == "ServersTransport") add_named(at(root_, "http"), "serversTransports", object, transport(spec));
      if (object.kind == "TraefikService") take_traefik_service(object, spec);
    }
    return std::move(root_);
  }

 private:
  /// "namespace-name", as the provider calls things; a name with a provider stays.
  static std::string joined(const std::string& name_space, const std::string& name) {
    return name.find('@') != std::string::npos ? name : fmt::format("{}-{}", name_space, name);
  }
  static std::string reference(const Node* node, const kubernetes::Object& from) {
    const std::string other = text(node, "namespace");
    return joined(other.empty() ? from.name_space : other, text(node, "name"));
  }
  void add_named(Node& layer, std::string_view kind, const kubernetes::Object& object, Node value) {
    value.place = object.node->place;
    add(at(layer, kind), joined(object.name_space, object.name), std::move(value));
  }

  std::string secret_value(const std::string& name_space, const std::string& name, std::string_view key) const {
    const auto found = secrets_.find(name_space + "/" + name);
    if (found == secrets_.end()) return "";
    const Node* secret = found->second->node;
    for (const char* data : {"stringData", "data"}) {
      const Node* values = field(secret, data);
      if (values == nullptr) continue;
      for (const gateway::YamlMember& member : values->members)
        if (member.name == key)
          return std::string_view(data) == "data" ? decode_base64(member.value.text).value_or("") : member.value.text;
    }
    return "";
  }

  /// The certificate of a Secret, whose key nobody reads.
  Node certificate(const std::string& name_space, const std::string& name, SourceSpan place) const {
    Node node = map_at(place);
    std::string bytes = secret_value(name_space, name, "tls.crt");
    if (bytes.empty())
      add(node, "missingSecret", scalar(fmt::format("Secret {}/{}", name_space, name), place));
    else
      add(node, "certFile", scalar(std::move(bytes), place));
    return node;
  }
  void add_certificate(const std::string& name_space, const Node* secret_name) {
    if (!added_.insert(name_space + "/" + secret_name->text).second) return;
    Node& list = at(at(root_, "tls"), "certificates");
    list.kind = Node::Kind::list;
    list.items.push_back(certificate(name_space, secret_name->text, secret_name->place));
  }

  void take_routes(const kubernetes::Object& object, const Node* spec, Layer layer) {
    const Node* tls = field(spec, "tls");
    if (const Node* secret = field(tls, "secretName"); secret != nullptr && secret->is_text())
      add_certificate(object.name_space, secret);
    Node& there = at(root_, layer == Layer::http ? "http" : "tcp");
    size_t index = 0;
    for (const Node* route : items(spec, "routes")) {
      // The provider appends a digest of the rule; a number tells them apart as well.
      const std::string name = fmt::format("{}-{}", joined(object.name_space, object.name), index++);
      Node router = map_at(route->place);
      add(router, "rule", copy_of(field(route, "match")));
      if (const Node* points = field(spec, "entryPoints")) add(router, "entryPoints", *points);
      if (const Node* priority = field(route, "priority")) add(router, "priority", *priority);
      if (const Node* syntax = field(route, "syntax")) add(router, "ruleSyntax", *syntax);
      add(router, "service", scalar(name, route->place));
      Node names;
      names.kind = Node::Kind::list;
      names.place = route->place;
      for (const Node* each : items(route, "middlewares")) names.items.push_back(scalar(reference(each, object), each->place));
      if (!names.items.empty()) add(router, "middlewares", std::move(names));
      if (tls != nullptr) add(router, "tls", router_tls(object, tls));
      add(at(there, "routers"), name, std::move(router));
      add(at(there, "services"), name, route_service(object, route, layer));
    }
  }

  static Node router_tls(const kubernetes::Object& object, const Node* tls) {
    Node node = map_at(tls->place);
    if (const Node* options = field(tls, "options")) {
      const std::string name = text(options, "name");
      add(node, "options", scalar(name == "default" ? name : reference(options, object), options->place));
    }
    for (const char* kept : {"certResolver", "domains", "passthrough"})
      if (const Node* value = field(tls, kept)) add(node, kept, *value);
    return node;
  }

  /// One service of a route, or several as one weighted service.
  Node route_service(const kubernetes::Object& object, const Node* route, Layer layer) {
    Node node = map_at(route->place);
    Node balancer = map_at(route->place);
    Node servers;
    servers.kind = Node::Kind::list;
    for (const Node* service : items(route, "services")) {
      if (text(service, "kind") == "TraefikService") {
        Node& list = at(at(node, "weighted"), "services");
        list.kind = Node::Kind::list;
        Node& item = list.items.emplace_back(map_at(service->place));
        const std::string name = text(service, "name");
        add(item, "name", scalar(name.find('@') != std::string::npos ? name : reference(service, object), service->place));
        continue;
      }
      servers.items.push_back(server(object, service, layer, balancer));
    }
    if (!servers.items.empty()) {
      add(balancer, "servers", std::move(servers));
      add(node, "loadBalancer", std::move(balancer));
    }
    return node;
  }

  /// A Service's pods are asked by their addresses, an ExternalName by that name.
  Node server(const kubernetes::Object& object, const Node* service, Layer layer, Node& balancer) const {
    const std::string stated = text(service, "namespace");
    const std::string& name_space = stated.empty() ? object.name_space : stated;
    const std::string name = text(service, "name");
    std::string port = text(service, "port");
    std::string host = fmt::format("{}.{}.svc", name, name_space);
    std::string port_name = port;
    bool is_external = false;
    if (const auto found = services_.find(name_space + "/" + name); found != services_.end()) {
      const Node* spec = field(found->second->node, "spec");
      if (text(spec, "type") == "ExternalName") {
        host = text(spec, "externalName");
        is_external = true;
      }
      for (const Node* each : items(spec, "ports")) {
        if (text(each, "port") != port && text(each, "name") != port) continue;
        port_name = text(each, "name");
        port = text(each, "port");
      }
    }
    std::string scheme = text(service, "scheme");
    if (scheme.empty()) scheme = port == "443" || port_name.starts_with("https") ? "https" : "http";
    Node node = map_at(service->place);
    const std::string address = port.empty() ? host : fmt::format("{}:{}", host, port);
    add(node, layer == Layer::http ? "url" : "address",
        scalar(layer == Layer::http ? fmt::format("{}://{}", scheme, address) : address, service->place));
    if (const Node* pass = field(service, "passHostHeader"); pass != nullptr && field(&balancer, "passHostHeader") == nullptr)
      add(balancer, "passHostHeader", *pass);
    const Node* transport = field(service, "serversTransport");
    if (transport != nullptr && field(&balancer, "serversTransport") == nullptr)
      add(balancer, "serversTransport", scalar(joined(name_space, transport->text), transport->place));
    if (!is_external && field(&balancer, "byPodAddress") == nullptr)
      add(balancer, "byPodAddress", scalar("true", service->place));
    return node;
  }

  void take_options(const kubernetes::Object& object, const Node* spec) {
    Node options = copy_of(spec);
    options.kind = Node::Kind::map;
    options.place = object.node->place;
    for (gateway::YamlMember& member : options.members) {
      if (member.name != "clientAuth") continue;
      const Node* names = field(&member.value, "secretNames");
      if (names == nullptr) continue;
      Node files;
      files.kind = Node::Kind::list;
      files.place = names->place;
      for (const Node& name : names->items) {
        std::string bytes = secret_value(object.name_space, name.text, "tls.ca");
        if (bytes.empty()) bytes = secret_value(object.name_space, name.text, "ca.crt");
        if (bytes.empty())
          reading_.warning(name.place, fmt::format("Secret {}/{} is not among these objects, or has neither tls.ca nor ca.crt; "
                                                   "which client certificates are taken cannot be told",
                                                   object.name_space, name.text));
        files.items.push_back(scalar(std::move(bytes), name.place));
      }
      add(member.value, "caFiles", std::move(files));
    }
    const std::string name = object.name == "default" ? object.name : joined(object.name_space, object.name);
    add(at(at(root_, "tls"), "options"), name, std::move(options));
  }

  void take_store(const kubernetes::Object& object, const Node* spec) {
    for (const Node* each : items(spec, "certificates"))
      if (const Node* secret = field(each, "secretName")) add_certificate(object.name_space, secret);
    if (object.name != "default") return;
    Node store = map_at(object.node->place);
    if (const Node* secret = field_at(spec, "defaultCertificate.secretName"))
      add(store, "defaultCertificate", certificate(object.name_space, secret->text, secret->place));
    if (const Node* generated = field(spec, "defaultGeneratedCert")) add(store, "defaultGeneratedCert", *generated);
    add(at(at(root_, "tls"), "stores"), "default", std::move(store));
  }

  static Node middleware(const kubernetes::Object& object, const Node* spec) {
    Node node = copy_of(spec);
    node.kind = Node::Kind::map;
    for (gateway::YamlMember& member : node.members) {
      if (member.name != "chain") continue;
      for (gateway::YamlMember& list : member.value.members)
        for (Node& item : list.value.items)
          if (item.kind == Node::Kind::map) item = scalar(reference(&item, object), item.place);
    }
    return node;
  }

  static Node transport(const Node* spec) {
    Node node = copy_of(spec);
    node.kind = Node::Kind::map;
    return node;
  }

  void take_traefik_service(const kubernetes::Object& object, const Node* spec) {
    const Node* weighted = field(spec, "weighted");
    const Node* mirroring = field(spec, "mirroring");
    const Node* route = weighted != nullptr ? weighted : mirroring;
    if (route == nullptr) return;
    Node list = map_at(route->place);
    if (weighted != nullptr) {
      list = *weighted;
    } else {
      Node services;
      services.kind = Node::Kind::list;
      services.items.push_back(*mirroring);
      add(list, "services", std::move(services));
    }
    add_named(at(root_, "http"), "services", object, route_service(object, &list, Layer::http));
  }

  const std::vector<kubernetes::Object>& objects_;
  Reading& reading_;
  std::map<std::string, const kubernetes::Object*, std::less<>> secrets_{}, services_{};
  std::set<std::string, std::less<>> added_{};  ///< Secrets whose certificates are in the store
  Node root_{};
};

}  // namespace

bool is_crd(const kubernetes::Object& object) {
  return object.group == "traefik.io" || object.group == "traefik.containo.us";
}

const Node* flags_of_workload(const std::vector<kubernetes::Object>& objects, Reading& reading) {
  for (const kubernetes::Object& object : objects) {
    if (object.kind != "Deployment" && object.kind != "DaemonSet") continue;
    for (const Node* container : items(field_at(object.node, "spec.template.spec"), "containers")) {
      if (text(container, "image").find("traefik") == std::string::npos) continue;
      Node root = map_at(container->place);
      for (const char* list : {"command", "args"}) {
        for (const Node* item : items(container, list)) {
          if (!item->is_text() || !item->text.starts_with("--")) continue;
          const std::string flag = item->text.substr(2);
          const size_t equals = flag.find('=');
          put(root, flag.substr(0, equals), equals == std::string::npos ? "true" : flag.substr(equals + 1), item->place);
        }
      }
      if (field(&root, "entryPoints") != nullptr) return reading.keep(std::move(root));
    }
  }
  return nullptr;
}

Source source_of(const std::vector<kubernetes::Object>& objects, Reading& reading) {
  return {reading.keep(CrdSource(objects, reading).make()), "kubernetescrd"};
}

}  // namespace astray::traefik
