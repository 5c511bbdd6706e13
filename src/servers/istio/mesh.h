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
  /// By "namespace/name" of the Gateways that they name, in the order of the files.
  std::map<std::string, std::vector<const kubernetes::Object*>> virtual_services;
  std::vector<const kubernetes::Object*> wide_rules;  ///< DestinationRules with "*" in their host
  std::map<std::string, const kubernetes::Object*> rules;            ///< the others, by full host
  std::map<std::string, const kubernetes::Object*> service_entries;  ///< by each of their hosts
  std::map<std::string, const kubernetes::Object*> services;         ///< by full host
  std::vector<const kubernetes::Object*> filters;   ///< EnvoyFilter
  std::vector<const kubernetes::Object*> deciding;  ///< AuthorizationPolicy, WasmPlugin
  std::map<std::string, const kubernetes::Object*> secrets;          ///< by "namespace/name"
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

/// "namespace/gateway", or "gateway" of the virtual service's own namespace, as "namespace/gateway".
std::string full_gateway(const std::string& reference, std::string_view own_space);

/// "*.example.com" takes any name below example.com, "*" every name (pkg/config/host).
bool covers(std::string_view pattern, std::string_view host);
/// The names that both take, as one pattern: the narrower of two where one covers the other; "" for none.
std::string_view common(std::string_view a, std::string_view b);
/// A host without dots is short for that of a service of the namespace.
std::string full_host(std::string_view host, std::string_view name_space);

}  // namespace astray::istio
