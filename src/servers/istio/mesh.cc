#include "servers/istio/mesh.h"

#include <set>

namespace astray::istio {

namespace {

void sort_networking(const kubernetes::Object& object, Mesh& mesh) {
  const Node* spec = spec_of(object);
  if (object.kind == "Gateway") {
    mesh.gateways.push_back(&object);
  } else if (object.kind == "VirtualService") {
    std::set<std::string> named;
    for (const std::string& reference : envoy::texts(spec, "gateways"))
      named.insert(full_gateway(reference, object.name_space));
    for (const std::string& gateway : named) mesh.virtual_services[gateway].push_back(&object);
  } else if (object.kind == "DestinationRule") {
    std::string host = full_host(envoy::text(spec, "host"), object.name_space);
    if (host.starts_with('*'))
      mesh.wide_rules.push_back(&object);
    else
      mesh.rules.emplace(std::move(host), &object);
  } else if (object.kind == "ServiceEntry") {
    for (std::string& host : envoy::texts(spec, "hosts")) mesh.service_entries.emplace(std::move(host), &object);
  } else if (object.kind == "EnvoyFilter") {
    mesh.filters.push_back(&object);
  }
}

}  // namespace

Mesh sort_objects(const std::vector<kubernetes::Object>& objects) {
  Mesh mesh;
  for (const kubernetes::Object& object : objects) {
    const std::string& kind = object.kind;
    if (object.group == "networking.istio.io") {
      sort_networking(object, mesh);
    } else if (object.group == "security.istio.io" && kind == "AuthorizationPolicy") {
      mesh.deciding.push_back(&object);
    } else if (object.group == "extensions.istio.io" && kind == "WasmPlugin") {
      mesh.deciding.push_back(&object);
    } else if (object.group.empty() && kind == "Secret") {
      mesh.secrets.emplace(object.name_space + "/" + object.name, &object);
    } else if (object.group.empty() && kind == "Service") {
      mesh.services.emplace(full_host(object.name, object.name_space), &object);
    }
  }
  return mesh;
}

void Reading::error(SourceSpan span, std::string message) const {
  deployment.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
}

void Reading::warning(SourceSpan span, std::string message) const {
  // Several listeners may come to the same object.
  for (const ReadProblem& told : deployment.problems)
    if (told.span == span && told.message == message) return;
  deployment.problems.push_back({ReadProblem::Severity::warning, span, std::move(message)});
}

const Node* spec_of(const kubernetes::Object& object) {
  return envoy::field(object.node, "spec");
}

std::string full_gateway(const std::string& reference, std::string_view own_space) {
  if (reference.find('/') != std::string::npos) return reference;
  return std::string(own_space) + "/" + reference;
}

bool covers(std::string_view pattern, std::string_view host) {
  if (pattern == "*" || pattern == host) return true;
  if (!pattern.starts_with('*')) return false;
  pattern.remove_prefix(1);
  if (host.starts_with('*')) host.remove_prefix(1);
  return host.ends_with(pattern);
}

std::string_view common(std::string_view a, std::string_view b) {
  if (covers(a, b)) return b;
  if (covers(b, a)) return a;
  return {};
}

std::string full_host(std::string_view host, std::string_view name_space) {
  if (host.find('.') != std::string_view::npos || host.starts_with('*')) return std::string(host);
  return std::string(host) + "." + std::string(name_space) + ".svc.cluster.local";
}

}  // namespace astray::istio
