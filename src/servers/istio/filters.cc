#include "servers/istio/filters.h"

#include <fmt/format.h>

#include "servers/envoy/connection_manager.h"

namespace astray::istio {
namespace {

using envoy::field;
using envoy::items;
using envoy::text;

/// Where objects without a selector are for every workload of the mesh.
constexpr std::string_view root_space = "istio-system";

/// Whether an object's selector takes pods that have (at least) the labels of the Gateway's selector.
bool selects(const kubernetes::Object& object, const Node* selector, std::string_view name_space) {
  const Node* spec = spec_of(object);
  const Node* chosen = field(spec, "workload_selector");
  const Node* labels = chosen != nullptr ? field(chosen, "labels") : envoy::field_at(spec, "selector.match_labels");
  if (object.name_space != root_space && object.name_space != name_space) return false;
  if (labels == nullptr) return true;
  for (const gateway::YamlMember& label : labels->members) {
    const Node* own = selector == nullptr ? nullptr : selector->member(label.name);
    if (own == nullptr || own->text != label.value.text) return false;
  }
  return true;
}

void take_patch(const Node* patch, const kubernetes::Object& filter, const Reading& reading,
                envoy::ConnectionManager& manager) {
  const std::string context = text(field(patch, "match"), "context");
  if (context.starts_with("SIDECAR")) return;
  const std::string name = fmt::format("EnvoyFilter {}/{}", filter.name_space, filter.name);
  const std::string target = text(patch, "apply_to");
  const Node* change = field(patch, "patch");
  const std::string operation = text(change, "operation");
  if (target == "CLUSTER" || target == "BOOTSTRAP" || target == "EXTENSION_CONFIG") {
    reading.warning(patch->place, fmt::format("{} changes {}, which is not read", name, target));
    return;
  }
  const bool inserts = operation.starts_with("INSERT") || operation == "ADD" || operation == "REPLACE";
  if (target == "HTTP_FILTER" && inserts && field(change, "value") != nullptr)
    return envoy::take_http_filter(field(change, "value"), manager);
  manager.deciding.push_back({name, patch->place});
}

}  // namespace

void take_filters(const Node* selector, std::string_view name_space, const Reading& reading,
                  envoy::ConnectionManager& manager) {
  for (const kubernetes::Object* filter : reading.mesh.filters)
    if (selects(*filter, selector, name_space))
      for (const Node* patch : items(spec_of(*filter), "config_patches")) take_patch(patch, *filter, reading, manager);
  for (const kubernetes::Object* object : reading.mesh.deciding)
    if (selects(*object, selector, name_space))
      manager.deciding.push_back({fmt::format("{} {}/{}", object->kind, object->name_space, object->name),
                                  object->node->place});
}

}  // namespace astray::istio
