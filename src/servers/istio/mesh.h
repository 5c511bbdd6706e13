#pragma once
// The objects that an Istio ingress gateway is made from, sorted; and the reading that they belong to.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "servers/envoy/fields.h"
#include "servers/kubernetes/objects.h"
#include "servers/model/server.h"

namespace astray::istio {

using envoy::Node;

struct Mesh {
  std::vector<const kubernetes::Object*> gateways;
  std::vector<const kubernetes::Object*> virtual_services;
  std::vector<const kubernetes::Object*> destination_rules;
  std::vector<const kubernetes::Object*> service_entries;
  std::vector<const kubernetes::Object*> services;
  std::vector<const kubernetes::Object*> filters;   ///< EnvoyFilter
  std::vector<const kubernetes::Object*> deciding;  ///< AuthorizationPolicy, WasmPlugin
  std::map<std::string, const kubernetes::Object*> secrets;  ///< by "namespace/name"
};

Mesh sort_objects(const std::vector<kubernetes::Object>& objects);

struct Reading {
  const Mesh& mesh;
  const ReadOptions& options;
  Deployment& deployment;
  std::string folder;  ///< where paths that are not absolute begin

  void error(SourceSpan span, std::string message) const;
  void warning(SourceSpan span, std::string message) const;
};

const Node* spec_of(const kubernetes::Object& object);

/// "*.example.com" takes any name below example.com, "*" every name (pkg/config/host).
bool covers(std::string_view pattern, std::string_view host);
/// The names that both take, as one pattern: the narrower of two where one covers the other; "" for none.
std::string_view common(std::string_view a, std::string_view b);
/// A host without dots is short for that of a service of the namespace.
std::string full_host(std::string_view host, std::string_view name_space);

}  // namespace astray::istio
