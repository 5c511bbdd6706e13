#include "servers/istio/read.h"

#include <fmt/format.h>

#include <filesystem>

#include "servers/envoy/model.h"
#include "servers/istio/gateways.h"
#include "servers/kubernetes/services.h"

namespace astray::istio {
namespace {

/// Whether a text says `kind: Gateway`, in YAML or JSON.
bool has_gateway(std::string_view text) {
  for (size_t at = text.find("Gateway"); at != std::string_view::npos; at = text.find("Gateway", at + 1)) {
    std::string_view before = text.substr(0, at);
    while (!before.empty() && (before.back() == ' ' || before.back() == '"' || before.back() == '\''))
      before.remove_suffix(1);
    if (!before.ends_with(':')) continue;
    before.remove_suffix(1);
    if (before.ends_with('"')) before.remove_suffix(1);
    if (before.ends_with("kind")) return true;
  }
  return false;
}

bool has_words(FileSource& files, const std::string& path) {
  if (files.kind(path) != FileSource::Kind::file) return false;
  const Result<std::string> text = files.read(path);
  return text && text->find("networking.istio.io/") != std::string::npos && has_gateway(*text);
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
  SourceFiles names;
  const auto objects = kubernetes::read_objects(files, path, names);
  return objects && !istio::sort_objects(objects->objects).gateways.empty();
}

Result<Deployment> read(std::string_view path, const ReadOptions& options) {
  Deployment deployment;
  deployment.server = ServerKind::istio;
  deployment.version = options.version.value_or(newest);
  deployment.version_basis = options.version ? options.version_basis : VersionBasis::assumed;
  deployment.main_file = std::string(path);
  auto objects = kubernetes::read_objects(options.files, path, deployment.files);
  if (!objects) return tl::unexpected(objects.error());
  const Mesh mesh = istio::sort_objects(objects->objects);
  deployment.services = kubernetes::services_of(kubernetes::sort_objects(objects->objects));
  std::error_code ignored;
  const std::filesystem::path at = std::filesystem::absolute(path, ignored);
  const bool is_folder = options.files.kind(std::string(path)) == FileSource::Kind::directory;
  const std::string folder = !options.prefix.empty() ? options.prefix : (is_folder ? at : at.parent_path()).string();
  const Reading reading{mesh, options, deployment, folder};
  for (gateway::YamlError& problem : objects->problems) reading.error(problem.place, std::move(problem.message));
  if (objects->files_left_out > 0)
    reading.error({}, fmt::format("{} files beyond the first {} are not read", objects->files_left_out,
                                  kubernetes::max_files));
  if (mesh.gateways.empty())
    reading.error({}, fmt::format("{} has no Gateway of networking.istio.io; expected one at least", path));
  envoy::Parts parts;
  parts.listeners = listeners_of(reading);
  envoy::make_deployment(std::move(parts), deployment);
  return deployment;
}

}  // namespace astray::istio
