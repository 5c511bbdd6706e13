#include "servers/kubernetes/backs.h"

#include <fmt/format.h>

namespace astray::kubernetes {
namespace {

using NameKind = NameExpression::Kind;

void take_policy(const Object& policy, BackEdge& edge) {
  const Node* validation = field_at(policy.node, "spec.validation");
  const Node* hostname = field(validation, "hostname");
  edge.protocol = edge.protocol == BackProtocol::grpc ? BackProtocol::grpcs : BackProtocol::https;
  edge.session_reuse.value = true;
  if (hostname != nullptr) edge.sni = {{NameKind::fixed, hostname->text}, hostname->place, Provenance::set};
  edge.verify = {true, place(validation), Provenance::set};
  edge.verify_name = edge.sni;
  const auto names = items(validation, "subjectAltNames");
  if (!names.empty())
    edge.verify_name = {{NameKind::fixed, text_or(names.front(), "hostname", text(names.front(), "uri"))},
                        names.front()->place, Provenance::set};
}

BackProtocol protocol_of(const Object& route) {
  if (route.kind == "TLSRoute") return BackProtocol::tcp;
  return route.kind == "GRPCRoute" ? BackProtocol::grpc : BackProtocol::http;
}

}  // namespace

const Node* service_port(const std::string& service, std::string_view number_or_name, const Reading& reading) {
  const auto found = reading.cluster.services.find(service);
  if (found == reading.cluster.services.end()) return nullptr;
  for (const Node* port : items(field(found->second->node, "spec"), "ports"))
    if (text(port, "port") == number_or_name || text(port, "name") == number_or_name) return port;
  return nullptr;
}

const Object* tls_policy_of(const std::string& service, const Node* port, const Reading& reading) {
  const auto found = reading.cluster.tls_policies.find(service);
  if (found == reading.cluster.tls_policies.end()) return nullptr;
  const std::string name = service.substr(service.find('/') + 1);
  const Object* best = nullptr;
  bool best_is_of_port = false;
  for (const Object* policy : found->second) {
    for (const Node* target : items(field(policy->node, "spec"), "targetRefs")) {
      const std::string section = text(target, "sectionName");
      if (text(target, "name") != name || (!section.empty() && section != text(port, "name"))) continue;
      const bool is_of_port = !section.empty();
      if (best != nullptr && (best_is_of_port != is_of_port ? best_is_of_port : is_before(best, policy))) continue;
      best = policy;
      best_is_of_port = is_of_port;
    }
  }
  return best;
}

BackEdge edge_to_service(const Node* reference, const Object& route, const Reading& reading) {
  BackEdge edge;
  edge.span = reference->place;
  const std::string name = text(reference, "name");
  const std::string name_space = text_or(reference, "namespace", route.name_space);
  const std::string service = full_name(name_space, name);
  const std::string port_text = text(reference, "port");
  const Node* port = service_port(service, port_text, reading);
  edge.host = {{NameKind::request_host_raw, {}}, {}, Provenance::default_value};
  edge.keepalive.value = 1;
  edge.protocol = protocol_of(route);
  const std::string dns = fmt::format("{}.{}.svc.cluster.local", name, name_space);
  edge.target = port_text.empty() ? dns : fmt::format("{}:{}", dns, port_text);
  edge.pool = edge.target;
  const std::string kind = text_or(reference, "kind", "Service");
  const auto number = Port::parse(port_text);
  if (kind != "Service" || !number) {
    edge.addresses_known = false;
    edge.target = fmt::format("{} {}", kind, service);
    return edge;
  }
  edge.addresses.push_back({dns, {}, *number, reference->place});
  if (edge.protocol == BackProtocol::tcp) {
    edge.host = {};
    return edge;
  }
  if (const Object* policy = tls_policy_of(service, port, reading)) take_policy(*policy, edge);
  return edge;
}

}  // namespace astray::kubernetes
