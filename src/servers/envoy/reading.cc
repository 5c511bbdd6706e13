#include "servers/envoy/reading.h"

#include <fmt/format.h>

namespace astray::envoy {
std::string path_of(const Node* config_source) {
  const Node* nested = field(config_source, "path_config_source");
  return nested != nullptr ? text(nested, "path") : text(config_source, "path");
}

void Reading::error(SourceSpan span, std::string message) {
  deployment_.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
}

void Reading::warning(SourceSpan span, std::string message) {
  deployment_.problems.push_back({ReadProblem::Severity::warning, span, std::move(message)});
}

const Node* Reading::take(const std::string& path, std::string_view text) {
  const SourceFileId file = deployment_.files.add(path);
  gateway::YamlDocuments read = gateway::read_yaml_documents(text, file, yaml_limits);
  for (gateway::YamlError& problem : read.problems) error(problem.place, std::move(problem.message));
  if (read.documents.empty()) return nullptr;
  if (read.documents.size() > 1)
    warning(read.documents[1].place,
            "a second YAML document begins here, and Envoy reads the first alone; expected one document");
  return &trees_.emplace_back(std::move(read.documents.front()));
}

const Node* Reading::load(const std::string& path, SourceSpan named_at) {
  const std::string file = absolute(path);
  if (const auto known = loaded_.find(file); known != loaded_.end()) return known->second;
  const Node*& slot = loaded_[file];
  slot = nullptr;
  if (loaded_.size() > max_files) {
    error(named_at, fmt::format("more than {} files are named; the rest is not read", max_files));
    return nullptr;
  }
  const Result<std::string> text = options_.files.read(file);
  if (!text) {
    error(named_at, text.error().message);
    return nullptr;
  }
  slot = take(file, *text);
  return slot;
}

void Reading::add_named(std::map<std::string, const Node*, std::less<>>& to, const Node* resource) {
  to.emplace(text(resource, "name"), resource);
}

void Reading::collect(const Node* document) {
  if (document == nullptr) return;
  if (field(document, "configs") != nullptr) return collect_dump(document);
  if (field(document, "resources") != nullptr) return collect_response(document);
  collect_static(field(document, "static_resources"));
  const Node* dynamic = field(document, "dynamic_resources");
  collect_source(field(dynamic, "cds_config"), "clusters");
  collect_source(field(dynamic, "lds_config"), "listeners");
}

void Reading::collect_static(const Node* resources) {
  for (const Node* listener : items(resources, "listeners")) resources_.listeners.push_back(listener);
  for (const Node* cluster : items(resources, "clusters")) add_named(resources_.clusters, cluster);
  for (const Node* secret : items(resources, "secrets")) add_named(resources_.secrets, secret);
}

void Reading::collect_source(const Node* config_source, std::string_view what) {
  if (config_source == nullptr) return;
  const std::string path = path_of(config_source);
  if (path.empty()) {
    warning(config_source->place,
            fmt::format("{} come from a management server, which this file does not hold; give the answer of "
                        "the admin's /config_dump to have them read",
                        what));
    return;
  }
  if (const Node* response = load(path, config_source->place)) collect_response(response);
}

void Reading::collect_response(const Node* response) {
  for (const Node* resource : items(response, "resources")) add_resource(resource);
}

void Reading::add_resource(const Node* resource) {
  if (is_message(resource, "Listener"))
    resources_.listeners.push_back(resource);
  else if (is_message(resource, "Cluster"))
    add_named(resources_.clusters, resource);
  else if (is_message(resource, "RouteConfiguration"))
    add_named(resources_.routes, resource);
  else if (is_message(resource, "Secret"))
    add_named(resources_.secrets, resource);
  else if (is_message(resource, "Resource"))
    add_resource(field(resource, "resource"));
  else if (!is_message(resource, "ClusterLoadAssignment") && !is_message(resource, "ScopedRouteConfiguration"))
    error(resource->place, fmt::format("this resource has the type \"{}\"; expected a Listener, a Cluster, a "
                                       "RouteConfiguration or a Secret in \"@type\"",
                                       text(resource, "@type")));
}

void Reading::collect_dump(const Node* configs) {
  for (const Node* part : items(configs, "configs")) {
    if (is_message(part, "ListenersConfigDump")) {
      for (const Node* each : items(part, "static_listeners"))
        if (const Node* listener = field(each, "listener")) resources_.listeners.push_back(listener);
      for (const Node* each : items(part, "dynamic_listeners"))
        if (const Node* listener = field_at(each, "active_state.listener"))
          resources_.listeners.push_back(listener);
    } else if (is_message(part, "ClustersConfigDump")) {
      for (const char* kind : {"static_clusters", "dynamic_active_clusters"})
        for (const Node* each : items(part, kind)) add_named(resources_.clusters, field(each, "cluster"));
    } else if (is_message(part, "RoutesConfigDump")) {
      for (const char* kind : {"static_route_configs", "dynamic_route_configs"})
        for (const Node* each : items(part, kind)) add_named(resources_.routes, field(each, "route_config"));
    } else if (is_message(part, "SecretsConfigDump")) {
      for (const char* kind : {"static_secrets", "dynamic_active_secrets"})
        for (const Node* each : items(part, kind)) add_named(resources_.secrets, field(each, "secret"));
    }
  }
}

}  // namespace astray::envoy
