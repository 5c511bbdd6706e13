#include "servers/envoy/read.h"

#include <fmt/format.h>

#include <filesystem>

#include "servers/envoy/listeners.h"
#include "servers/envoy/model.h"
#include "servers/envoy/reading.h"
#include "servers/envoy/recognise.h"

namespace astray::envoy {

Result<Deployment> read(std::string_view path, const ReadOptions& options) {
  const std::optional<std::string> file = main_file(options.files, path);
  if (!file)
    return failure(fmt::format("{}: expected one bootstrap of Envoy in this folder (*.yaml or *.json with "
                               "static_resources), found none or several; name the file",
                               path));
  const Result<std::string> text = options.files.read(*file);
  if (!text) return tl::unexpected(text.error());

  Deployment deployment;
  deployment.server = ServerKind::envoy;
  deployment.version = options.version.value_or(newest);
  deployment.version_basis = options.version ? options.version_basis : VersionBasis::assumed;
  deployment.main_file = std::string(path);
  std::error_code ignored;
  std::string folder = options.prefix.empty()
                           ? std::filesystem::absolute(*file, ignored).parent_path().string()
                           : options.prefix;
  Reading reading(options, std::move(folder), deployment);
  const Node* document = reading.take(*file, *text);
  reading.collect(document);
  Parts parts;
  for (const Node* listener : reading.resources().listeners)
    if (auto part = read_listener(listener, reading)) parts.listeners.push_back(std::move(*part));
  if (document != nullptr && reading.resources().listeners.empty())
    reading.warning(document->place, "no listener is configured here");
  make_deployment(std::move(parts), deployment);
  return deployment;
}

}  // namespace astray::envoy
