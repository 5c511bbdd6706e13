#include "servers/kubernetes/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace astray::kubernetes {
namespace {

void sort_gateway_api(const Object& object, Cluster& cluster) {
  const std::string& kind = object.kind;
  if (kind == "Gateway") {
    cluster.gateways.push_back(&object);
  } else if (kind == "GatewayClass") {
    cluster.gateway_classes.emplace(object.name, &object);
  } else if (kind == "ListenerSet" || kind == "XListenerSet") {
    cluster.listener_sets.push_back(&object);
  } else if (kind == "HTTPRoute" || kind == "GRPCRoute") {
    cluster.routes.push_back(&object);
  } else if (kind == "TLSRoute") {
    cluster.tls_routes.push_back(&object);
  } else if (kind == "ReferenceGrant") {
    cluster.grants[object.name_space].push_back(&object);
  } else if (kind == "BackendTLSPolicy") {
    std::set<std::string> targets;
    for (const Node* target : items(field(object.node, "spec"), "targetRefs"))
      if (text_or(target, "kind", "Service") == "Service") targets.insert(text(target, "name"));
    for (const std::string& target : targets)
      cluster.tls_policies[full_name(object.name_space, target)].push_back(&object);
  }
}

void sort_core(const Object& object, Cluster& cluster) {
  if (object.kind == "Secret") cluster.secrets.emplace(full_name(object), &object);
  if (object.kind == "ConfigMap") cluster.config_maps.emplace(full_name(object), &object);
  if (object.kind == "Service") cluster.services.emplace(full_name(object), &object);
  if (object.kind == "Namespace") cluster.name_spaces.emplace(object.name, &object);
}

}  // namespace

std::string full_name(std::string_view name_space, std::string_view name) {
  std::string full;
  full.reserve(name_space.size() + 1 + name.size());
  return full.append(name_space).append("/").append(name);
}

std::string full_name(const Object& object) {
  return full_name(object.name_space, object.name);
}

bool is_before(const Object* a, const Object* b) {
  const std::string created_a = text(field(a->node, "metadata"), "creationTimestamp");
  const std::string created_b = text(field(b->node, "metadata"), "creationTimestamp");
  if (created_a != created_b) {
    if (created_a.empty() || created_b.empty()) return created_b.empty();
    return created_a < created_b;
  }
  if (a->name_space != b->name_space) return a->name_space < b->name_space;
  return a->name < b->name;
}

Cluster sort_objects(const std::vector<Object>& objects) {
  Cluster cluster;
  for (const Object& object : objects) {
    if (object.group == gateway_group || object.group == "gateway.networking.x-k8s.io")
      sort_gateway_api(object, cluster);
    else if (object.group.empty())
      sort_core(object, cluster);
    else if (object.kind == "Ingress" && object.group == "networking.k8s.io")
      cluster.ingresses.push_back(&object);
    else if (object.kind == "IngressClass" && object.group == "networking.k8s.io")
      cluster.ingress_classes.emplace(object.name, &object);
    else if (object.kind == "EndpointSlice" && object.group == "discovery.k8s.io")
      cluster.endpoint_slices[full_name(object.name_space, text(field_at(object.node, "metadata.labels"),
                                                                "kubernetes.io/service-name"))]
          .push_back(&object);
  }
  for (auto* ordered : {&cluster.listener_sets, &cluster.routes, &cluster.tls_routes, &cluster.ingresses})
    std::stable_sort(ordered->begin(), ordered->end(), is_before);
  return cluster;
}

bool may_refer(const Cluster& cluster, const Object& from, std::string_view group, std::string_view kind,
               std::string_view name_space, std::string_view name) {
  if (from.name_space == name_space) return true;
  const auto grants = cluster.grants.find(std::string(name_space));
  if (grants == cluster.grants.end()) return false;
  for (const Object* grant : grants->second) {
    const Node* spec = field(grant->node, "spec");
    const auto sources = items(spec, "from");
    const bool from_here = std::ranges::any_of(sources, [&](const Node* each) {
      return text(each, "group") == from.group && text(each, "kind") == from.kind &&
             text(each, "namespace") == from.name_space;
    });
    const auto targets = items(spec, "to");
    const bool to_there = std::ranges::any_of(targets, [&](const Node* each) {
      const std::string only = text(each, "name");
      return text(each, "group") == group && text(each, "kind") == kind && (only.empty() || only == name);
    });
    if (from_here && to_there) return true;
  }
  return false;
}

const Node* annotation(const Object& object, std::string_view name) {
  return field(field_at(object.node, "metadata.annotations"), name);
}

void Reading::error(SourceSpan span, std::string message) const {
  deployment.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
}

void Reading::warning(SourceSpan span, std::string message) const {
  if (++warnings_ > max_warnings) return;
  deployment.problems.push_back({ReadProblem::Severity::warning, span, std::move(message)});
}

void Reading::finish() const {
  if (warnings_ <= max_warnings) return;
  deployment.problems.push_back(
      {ReadProblem::Severity::warning, {}, fmt::format("{} further warnings are not told", warnings_ - max_warnings)});
}

}  // namespace astray::kubernetes
