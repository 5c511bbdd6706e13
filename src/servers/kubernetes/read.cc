#include "servers/kubernetes/read.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "servers/astray/model.h"
#include "servers/astray/read.h"
#include "servers/kubernetes/gateway_configuration.h"
#include "servers/kubernetes/gateways.h"
#include "servers/kubernetes/ingress.h"
#include "servers/kubernetes/pem_certificates.h"
#include "servers/kubernetes/services.h"

namespace astray::kubernetes {
namespace {

bool has_words(FileSource& files, const std::string& path) {
  if (files.kind(path) != FileSource::Kind::file) return false;
  const Result<std::string> text = files.read(path);
  if (!text || text->find("kind") == std::string::npos) return false;
  const bool gateway = text->find("gateway.networking.k8s.io/") != std::string::npos && text->find("Gateway") != std::string::npos;
  return gateway || (text->find("networking.k8s.io/") != std::string::npos && text->find("Ingress") != std::string::npos);
}

/// Whether a line of its own says so: then nothing needs to be parsed, unless Istio's objects are there too, whose
/// Gateways are another kind.
bool says_kind(std::string_view text) {
  if (text.find("istio.io/") != std::string_view::npos) return false;
  const auto line = [&](std::string_view words) {
    return text.starts_with(words.substr(1)) || text.find(words) != std::string_view::npos;
  };
  return (text.find("gateway.networking.k8s.io/") != std::string_view::npos && line("\nkind: Gateway\n")) ||
         line("\nkind: Ingress\n");
}

bool any_has_words(FileSource& files, std::string_view path) {
  std::string folder(path);
  if (files.kind(folder) != FileSource::Kind::directory) return has_words(files, folder);
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  for (const char* pattern : {"/*.yaml", "/*.yml", "/*.json"})
    for (const std::string& file : files.glob(folder + pattern))
      if (has_words(files, file)) return true;
  return false;
}

}  // namespace

bool recognise(FileSource& files, std::string_view path) {
  if (!any_has_words(files, path)) return false;
  const std::string file(path);
  if (files.kind(file) == FileSource::Kind::file)
    if (const auto text = files.read(file); text && says_kind(*text)) return true;
  SourceFiles names;
  const auto objects = read_objects(files, path, names);
  return objects && std::ranges::any_of(objects->objects, [](const Object& object) {
           return (object.kind == "Gateway" && object.group == gateway_group) ||
                  (object.kind == "Ingress" && object.group == "networking.k8s.io");
         });
}

namespace {

/// Whether all that is there is this gateway's: then its own judgement is asked.
bool is_own_gateway(const Cluster& cluster) {
  return cluster.ingresses.empty() && !cluster.gateways.empty() &&
         std::ranges::all_of(cluster.gateways, [&](const Object* gateway) {
           const auto found = cluster.gateway_classes.find(text(field(gateway->node, "spec"), "gatewayClassName"));
           return found != cluster.gateway_classes.end() &&
                  text(field(found->second->node, "spec"), "controllerName") == own_controller;
         });
}

Result<Deployment> read_own(std::string_view path, const ReadOptions& options) {
  auto read = read_manifest_gateway(options.files, path, PrivateKeys::left);
  if (!read) return tl::unexpected(read.error());
  Deployment deployment;
  deployment.server = ServerKind::astray;
  deployment.version = own_gateway::version;
  deployment.version_basis = VersionBasis::from_binary;
  deployment.main_file = std::string(path);
  deployment.files = std::move(read->files);
  for (const gateway::ConfigurationProblem& problem : read->problems)
    deployment.problems.push_back({problem.severity == gateway::Severity::error ? ReadProblem::Severity::error
                                                                                : ReadProblem::Severity::warning,
                                   problem.place, problem.message});
  PemCertificates certificates(read->pem);
  own_gateway::make_deployment(std::move(read->configuration), certificates, deployment);
  return deployment;
}

}  // namespace

Result<Deployment> read(std::string_view path, const ReadOptions& options) {
  Deployment deployment;
  deployment.server = ServerKind::kubernetes;
  deployment.version = options.version.value_or(newest);
  deployment.version_basis = options.version ? options.version_basis : VersionBasis::assumed;
  deployment.main_file = std::string(path);
  auto objects = read_objects(options.files, path, deployment.files);
  if (!objects) return tl::unexpected(objects.error());
  const Cluster cluster = sort_objects(objects->objects);
  deployment.services = services_of(cluster);
  if (objects->problems.empty() && is_own_gateway(cluster)) {
    Result<Deployment> own = read_own(path, options);
    if (own) own->services = std::move(deployment.services);
    return own;
  }
  std::error_code ignored;
  const std::filesystem::path at = std::filesystem::absolute(path, ignored);
  const bool is_folder = options.files.kind(std::string(path)) == FileSource::Kind::directory;
  const std::string folder = !options.prefix.empty() ? options.prefix : (is_folder ? at : at.parent_path()).string();
  const Reading reading(cluster, options, deployment, folder);
  for (gateway::YamlError& problem : objects->problems) reading.error(problem.place, std::move(problem.message));
  if (objects->files_left_out > 0)
    reading.error({}, fmt::format("{} files beyond the first {} are not read", objects->files_left_out, max_files));
  if (cluster.gateways.empty() && cluster.ingresses.empty())
    reading.error({}, fmt::format("{} has no Gateway of {} and no Ingress; expected one at least", path, gateway_group));
  Credentials credentials(reading);
  Parts parts;
  add_gateway_ports(gateways_of(reading), reading, credentials, parts.ports);
  add_ingress_ports(reading, credentials, parts.ports);
  reading.finish();
  make_deployment(std::move(parts), deployment);
  return deployment;
}

}  // namespace astray::kubernetes
