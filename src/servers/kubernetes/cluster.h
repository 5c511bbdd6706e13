#pragma once
// A cluster's objects, sorted and looked up by name; and the reading that they belong to.
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/kubernetes/fields.h"
#include "servers/kubernetes/objects.h"
#include "servers/model/server.h"

namespace astray::kubernetes {

inline constexpr std::string_view gateway_group = "gateway.networking.k8s.io";

/// "namespace/name".
std::string full_name(std::string_view name_space, std::string_view name);
std::string full_name(const Object& object);

using ByName = std::unordered_map<std::string, const Object*>;

struct Cluster {
  std::vector<const Object*> gateways{};
  std::vector<const Object*> listener_sets{};
  std::vector<const Object*> routes{};      ///< HTTPRoute and GRPCRoute, oldest first, then by name
  std::vector<const Object*> tls_routes{};  ///< in the same order
  std::vector<const Object*> ingresses{};   ///< in the same order
  ByName gateway_classes{};                 ///< by name
  ByName ingress_classes{};                 ///< by name
  ByName name_spaces{};                     ///< by name
  ByName secrets{}, config_maps{}, services{};
  std::unordered_map<std::string, std::vector<const Object*>> endpoint_slices{};  ///< by full name of the service
  std::unordered_map<std::string, std::vector<const Object*>> tls_policies{};     ///< BackendTLSPolicy, the same
  std::unordered_map<std::string, std::vector<const Object*>> grants{};           ///< ReferenceGrant, by its namespace
};

Cluster sort_objects(const std::vector<Object>& objects);

/// Creation is told by metadata.creationTimestamp; objects without one are taken to be the youngest.
bool is_before(const Object* a, const Object* b);

/// Whether a ReferenceGrant of the target's namespace lets the object refer to it; within one namespace none is asked
/// for. Of core objects the group is "".
bool may_refer(const Cluster& cluster, const Object& from, std::string_view group, std::string_view kind,
               std::string_view name_space, std::string_view name);

/// Annotation of an object; nullptr: it has none of this name.
const Node* annotation(const Object& object, std::string_view name);

class Reading {
 public:
  Reading(const Cluster& of_cluster, const ReadOptions& with_options, Deployment& into, std::string in_folder)
      : cluster(of_cluster), options(with_options), deployment(into), folder(std::move(in_folder)) {}

  void error(SourceSpan span, std::string message) const;
  /// Beyond `max_warnings` they are counted only.
  void warning(SourceSpan span, std::string message) const;
  /// Says how many warnings were not told.
  void finish() const;

  const Cluster& cluster;
  const ReadOptions& options;
  Deployment& deployment;
  std::string folder;  ///< where certificates that stand for Secrets are looked for

 private:
  static constexpr size_t max_warnings = 100;
  mutable size_t warnings_ = 0;
};

}  // namespace astray::kubernetes
