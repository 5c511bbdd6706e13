#include "servers/caddy/read.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>

#include "servers/caddy/caddyfile.h"
#include "servers/caddy/json.h"
#include "servers/caddy/model.h"

namespace astray::caddy {
namespace {

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_caddyfile_name(std::string_view path) {
  const std::string_view name = name_of(path);
  return name == "Caddyfile" || name.starts_with("Caddyfile.") || name.ends_with(".caddyfile");
}

bool is_json(FileSource& files, const std::string& path) {
  if (!path.ends_with(".json") && path != "-") return false;
  const Result<std::string> text = files.read(path);
  return text && looks_like_json_configuration(*text);
}

/// Caddy's own places come first; of JSON files there must be just one.
std::optional<std::string> main_file(FileSource& files, std::string_view path) {
  std::string folder(path);
  if (files.kind(folder) != FileSource::Kind::directory) return folder;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  if (files.kind(folder + "/Caddyfile") == FileSource::Kind::file) return folder + "/Caddyfile";
  std::optional<std::string> found;
  for (const std::string& file : files.glob(folder + "/*.json")) {
    if (!is_json(files, file)) continue;
    if (found) return std::nullopt;
    found = file;
  }
  return found;
}

Environment environment_of(const std::vector<std::string>& defines) {
  Environment environment;
  for (const std::string& each : defines)
    if (const size_t equals = each.find('='); equals != std::string::npos)
      environment[each.substr(0, equals)] = each.substr(equals + 1);
  return environment;
}

}  // namespace

bool recognise(FileSource& files, std::string_view path) {
  const std::optional<std::string> file = main_file(files, path);
  if (!file || files.kind(*file) != FileSource::Kind::file) return false;
  return is_caddyfile_name(*file) || is_json(files, *file);
}

Result<Deployment> read(std::string_view path, const ReadOptions& options) {
  const std::optional<std::string> file = main_file(options.files, path);
  if (!file)
    return failure(fmt::format("{}: expected a Caddyfile or one JSON configuration of Caddy in this folder; name the file",
                               path));
  const Result<std::string> text = options.files.read(*file);
  if (!text) return tl::unexpected(text.error());

  Deployment deployment;
  deployment.server = ServerKind::caddy;
  deployment.version = options.version.value_or(newest);
  deployment.version_basis = options.version ? options.version_basis : VersionBasis::assumed;
  deployment.main_file = std::string(path);
  std::error_code ignored;
  const std::string absolute = std::filesystem::absolute(*file, ignored).lexically_normal().string();
  const std::string folder = options.prefix.empty() ? absolute.substr(0, absolute.rfind('/')) : options.prefix;
  const size_t first = text->find_first_not_of(" \t\r\n");
  const bool is_json_text = !is_caddyfile_name(*file) && (file->ends_with(".json") || looks_like_json_configuration(*text));
  HttpConfiguration configuration;
  if (is_json_text && first != std::string::npos) {
    const SourceFileId id = deployment.files.add(*file);
    configuration = read_json_configuration(*text, id, folder, deployment);
  } else {
    configuration = read_caddyfile_configuration(absolute, *text, folder, options.files, environment_of(options.defines),
                                                 deployment);
  }
  fill(deployment, std::move(configuration), options.certificates);
  return deployment;
}

}  // namespace astray::caddy
