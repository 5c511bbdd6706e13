#include "servers/kubernetes/services.h"

#include <fmt/format.h>

namespace astray::kubernetes {
namespace {

/// Endpoints of one slice for the Service's port of this name (EndpointSlice v1: an unnamed port is "").
void take_endpoints(const Node* slice, const std::string& port_name, Service& service) {
  for (const Node* port : items(slice, "ports")) {
    if (text(port, "name") != port_name) continue;
    const std::optional<Port> number = port_of(port, "port");
    if (!number) continue;
    for (const Node* endpoint : items(slice, "endpoints"))
      for (const Node* address : items(endpoint, "addresses"))
        if (const auto ip = IpAddress::parse(address->text)) service.endpoints.push_back({*ip, *number});
  }
}

}  // namespace

std::vector<Service> services_of(const Cluster& cluster) {
  std::vector<Service> services;
  for (const auto& [full, object] : cluster.services) {
    const Node* spec = field(object->node, "spec");
    const std::string name = fmt::format("{}.{}", object->name, object->name_space);
    const auto slices = cluster.endpoint_slices.find(full);
    for (const Node* port : items(spec, "ports")) {
      const std::optional<Port> number = port_of(port, "port");
      if (!number) continue;
      Service service;
      service.names = {name + ".svc.cluster.local", name + ".svc", name};
      service.port = *number;
      service.alias = text(spec, "externalName");
      if (slices != cluster.endpoint_slices.end())
        for (const Object* slice : slices->second) take_endpoints(slice->node, text(port, "name"), service);
      services.push_back(std::move(service));
    }
  }
  return services;
}

}  // namespace astray::kubernetes
