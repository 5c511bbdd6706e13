#include "servers/kubernetes/manifest_backs.h"

#include <fmt/format.h>

#include "gateway/configuration/scalars.h"
#include "servers/kubernetes/backs.h"
#include "servers/kubernetes/credentials.h"

namespace astray::kubernetes {
namespace {

using gateway::As;
using gateway::Placed;

/// The number that endpoints of a slice have for a Service's port; absent: the slice has no such port.
std::optional<Port> endpoint_port(const Node* slice, const Node* service_port) {
  for (const Node* port : items(slice, "ports"))
    if (text(port, "name") == text(service_port, "name")) return port_of(port, "port");
  return std::nullopt;
}

}  // namespace

std::string authorities_pem(const Node* section, const Object& owner, const Reading& reading, const TellProblem& tell) {
  std::string pem;
  for (const Node* reference : items(section, "caCertificateRefs")) {
    const std::string kind = text_or(reference, "kind", "ConfigMap");
    const std::string name_space = text_or(reference, "namespace", owner.name_space);
    const std::string full = full_name(name_space, text(reference, "name"));
    const bool is_config_map = kind == "ConfigMap";
    const ByName& all = is_config_map ? reading.cluster.config_maps : reading.cluster.secrets;
    const auto found = all.find(full);
    const bool may = (is_config_map || kind == "Secret") &&
                     may_refer(reading.cluster, owner, "", kind, name_space, text(reference, "name"));
    std::string bytes;
    if (may && found != all.end())
      bytes = is_config_map ? config_map_value(*found->second, "ca.crt") : secret_value(*found->second, "ca.crt");
    if (bytes.empty())
      tell(reference->place, fmt::format("{} {} gives no ca.crt (InvalidCACertificateRef); expected a ConfigMap that has it, "
                                         "and a ReferenceGrant where it is in another namespace",
                                         kind, full));
    pem += bytes;
    if (!pem.empty() && !pem.ends_with('\n')) pem += '\n';
  }
  return pem;
}

std::optional<FoundBack> ManifestBacks::find(const Node* reference, const Object& route) {
  const std::string kind = text_or(reference, "kind", "Service");
  const std::string name = text(reference, "name");
  const std::string name_space = text_or(reference, "namespace", route.name_space);
  const std::string service = full_name(name_space, name);
  if (kind != "Service" || !text(reference, "group").empty()) {
    tell_(reference->place, fmt::format("a backendRef of kind {} is not supported (InvalidKind); expected a Service", kind));
    return std::nullopt;
  }
  if (!may_refer(reading_.cluster, route, "", kind, name_space, name)) {
    tell_(reference->place, fmt::format("{} {} may not refer to Service {} (RefNotPermitted); expected a ReferenceGrant in "
                                        "namespace {}",
                                        route.kind, full_name(route), service, name_space));
    return std::nullopt;
  }
  const std::string key = fmt::format("{}:{} {}", service, text(reference, "port"), route.kind);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  return known_[key] = make(reference, route, service);
}

std::optional<FoundBack> ManifestBacks::make(const Node* reference, const Object& route, const std::string& service) {
  if (!port_of(reference, "port")) {
    tell_(reference->place, fmt::format("the backendRef of Service {} has no port; expected its number", service));
    return std::nullopt;
  }
  gateway::BackSettings back;
  FoundBack found;
  found.label.text = fmt::format("back-{}-{}", known_.size() + 1, text(reference, "name")).substr(0, 64);
  back.name = {found.label, reference->place};
  const Node* port = service_port(service, text(reference, "port"), reading_);
  const bool is_h2 = route.kind == "GRPCRoute" || text(port, "appProtocol") == "kubernetes.io/h2c";
  if (is_h2) back.protocol = gateway::BackProtocol::h2c;
  take_addresses(reference, service, port, back);
  if (const Object* policy = tls_policy_of(service, port, reading_)) {
    back.protocol = is_h2 ? gateway::BackProtocol::h2 : gateway::BackProtocol::https;
    take_policy(*policy, back, found);
  }
  into_.configuration.backs.push_back(std::move(back));
  return found;
}

void ManifestBacks::take_addresses(const Node* reference, const std::string& service, const Node* port,
                                   gateway::BackSettings& back) {
  const auto add = [&](const std::string& host, Port number, const Node* at) {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    const std::string bracketed = is_ipv6 ? "[" + host + "]" : host;
    const auto address =
        gateway::parse_scalar(fmt::format("{}:{}", bracketed, number.number()), As<gateway::BackAddress>{});
    if (address)
      back.addresses.push_back({*address, at->place});
    else
      tell_(at->place, fmt::format("{} is no address of a back", host));
  };
  const auto slices = reading_.cluster.endpoint_slices.find(service);
  if (slices != reading_.cluster.endpoint_slices.end()) {
    for (const Object* slice : slices->second) {
      const auto number = endpoint_port(slice->node, port);
      if (!number) continue;
      for (const Node* endpoint : items(slice->node, "endpoints")) {
        if (text(field(endpoint, "conditions"), "ready") == "false") continue;
        for (const Node* address : items(endpoint, "addresses")) add(address->text, *number, endpoint);
      }
    }
    if (back.addresses.empty())
      tell_(reference->place, fmt::format("Service {} has no ready endpoint for this port in its EndpointSlices", service));
    return;
  }
  const size_t slash = service.find('/');
  add(fmt::format("{}.{}.svc.cluster.local", service.substr(slash + 1), service.substr(0, slash)), *port_of(reference, "port"),
      reference);
}

void ManifestBacks::take_policy(const Object& policy, gateway::BackSettings& back, FoundBack& found) {
  const Node* validation = field_at(policy.node, "spec.validation");
  refuse_others(field(policy.node, "spec"), {"targetRefs", "validation"}, "BackendTLSPolicy", tell_);
  refuse_others(validation, {"caCertificateRefs", "wellKnownCACertificates", "hostname", "subjectAltNames"}, "validation",
                tell_);
  const Node* hostname = field(validation, "hostname");
  if (hostname == nullptr) return tell_(policy.node->place, "this BackendTLSPolicy has no validation.hostname");
  found.sni = hostname->text;
  const auto names = items(validation, "subjectAltNames");
  std::string name = hostname->text;
  if (names.size() > 1 || (!names.empty() && text(names.front(), "type") != "Hostname"))
    tell_(names.back()->place, "of subjectAltNames one of type Hostname is supported");
  else if (!names.empty())
    name = text(names.front(), "hostname");
  gateway::VerifySettings& verify = back.verify.settings.emplace();
  if (auto host = gateway::parse_scalar(name, As<Host>{})) verify.name = *host;
  if (text(validation, "wellKnownCACertificates") == "System") return;
  const std::string pem = authorities_pem(validation, policy, reading_, tell_);
  if (pem.empty())
    return tell_(place(validation), "this BackendTLSPolicy names no authorities; expected caCertificateRefs, or "
                                    "wellKnownCACertificates: System");
  const std::string path = fmt::format("BackendTLSPolicy {} ca.crt", full_name(policy));
  into_.pem[path] = pem;
  verify.authorities = Placed<gateway::FilePath>{{path}, place(validation)};
}

}  // namespace astray::kubernetes
