#include "servers/traefik/read.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "servers/kubernetes/objects.h"
#include "servers/kubernetes/services.h"
#include "servers/traefik/compose.h"
#include "servers/traefik/crds.h"
#include "servers/traefik/model.h"
#include "servers/traefik/routers.h"
#include "servers/traefik/sources.h"

namespace astray::traefik {
namespace {

/// Before it, SNI and Host were compared otherwise; nobody runs these any more.
constexpr Version oldest{2, 6, 1};

/// What was found in the files, sorted by what it is.
struct Found {
  std::vector<const Node*> statics{};
  std::vector<Source> dynamic{};
  std::vector<const Node*> compose{};
  bool has_objects = false;
};

class Finder {
 public:
  Finder(std::string_view path, const ReadOptions& options, std::string folder, Reading& reading)
      : path_(path), options_(options), folder_(std::move(folder)), reading_(reading) {}

  Found find() {
    for (const std::string& file : candidates(options_.files, path_)) take(file);
    return std::move(found_);
  }
  /// A file that the static configuration names, unless it was read already.
  void take_named(const std::string& file, Found& into) {
    if (!seen_.insert(file).second) return;
    for (const Node* document : reading_.load(file, {})) into.dynamic.push_back({document, "file"});
  }

 private:
  void take(const std::string& file) {
    const bool is_the_file = file == path_;
    const Result<std::string> text = options_.files.read(file);
    if (!text) {
      reading_.error({}, text.error().message);
      return;
    }
    if (!is_the_file && !has_words(*text)) return;
    const bool is_kubernetes = text->starts_with("apiVersion:") || text->find("\napiVersion:") != std::string::npos ||
                               text->find("\"apiVersion\"") != std::string::npos;
    if (is_kubernetes) {
      found_.has_objects = true;
      return;  // read together, with kubernetes::read_objects
    }
    if (file.ends_with(".json")) return;
    seen_.insert(resolve_path(folder_, file));
    for (const Node* document : reading_.load(file, {})) {
      const FileRole role = role_of(document);
      if (role == FileRole::statics || role == FileRole::both) found_.statics.push_back(document);
      if (role == FileRole::dynamic || role == FileRole::both) found_.dynamic.push_back({document, "file"});
      if (role == FileRole::compose) found_.compose.push_back(document);
    }
  }

  std::string path_;
  const ReadOptions& options_;
  std::string folder_;
  Reading& reading_;
  Found found_{};
  std::set<std::string> seen_{};
};

std::map<std::string, std::string, std::less<>> environment_of(const ReadOptions& options, const std::string& folder) {
  std::map<std::string, std::string, std::less<>> all;
  const std::string file = folder + "/.env";
  if (options.files.kind(file) == FileSource::Kind::file)
    if (const Result<std::string> text = options.files.read(file)) all = read_environment(*text);
  for (const std::string& define : options.defines) {
    const size_t equals = define.find('=');
    if (equals != std::string::npos) all[define.substr(0, equals)] = define.substr(equals + 1);
  }
  return all;
}

/// Routers are read once for each entry point, and say the same of both.
void drop_repeated(std::vector<ReadProblem>& problems) {
  std::set<std::pair<SourceSpan, std::string>> seen;
  std::erase_if(problems, [&](const ReadProblem& problem) { return !seen.emplace(problem.span, problem.message).second; });
}

}  // namespace

Result<Deployment> read(std::string_view path, const ReadOptions& options) {
  Deployment deployment;
  deployment.server = ServerKind::traefik;
  deployment.version = options.version.value_or(newest);
  deployment.version_basis = options.version ? options.version_basis : VersionBasis::assumed;
  deployment.main_file = std::string(path);
  const FileSource::Kind kind = options.files.kind(std::string(path));
  if (kind == FileSource::Kind::missing) return failure(fmt::format("{} does not exist", path));
  std::error_code ignored;
  const std::filesystem::path at = std::filesystem::absolute(path, ignored);
  const std::string own_folder = (kind == FileSource::Kind::directory ? at : at.parent_path()).string();
  const std::string folder = options.prefix.empty() ? own_folder : options.prefix;
  Reading reading(options, folder, deployment);
  if (deployment.version < oldest)
    reading.warning({}, fmt::format("Traefik {} is not modelled; it is predicted as {}", deployment.version.text(), oldest.text()));

  Finder finder(path, options, folder, reading);
  Found found = finder.find();
  std::vector<kubernetes::Object> objects;
  std::optional<kubernetes::Objects> read_objects;
  if (found.has_objects) {
    auto read = kubernetes::read_objects(options.files, path, deployment.files);
    if (!read) return tl::unexpected(read.error());
    read_objects.emplace(std::move(*read));
    for (gateway::YamlError& problem : read_objects->problems) reading.error(problem.place, std::move(problem.message));
    if (read_objects->files_left_out > 0)
      reading.error({}, fmt::format("{} files beyond the first {} are not read", read_objects->files_left_out, kubernetes::max_files));
    objects = read_objects->objects;
    deployment.services = kubernetes::services_of(kubernetes::sort_objects(objects));
  }
  std::vector<Compose> composes;
  for (const Node* document : found.compose)
    composes.emplace_back(document, environment_of(options, own_folder), reading);

  const Node* static_root = found.statics.empty() ? nullptr : found.statics.front();
  for (Compose& compose : composes)
    if (static_root == nullptr) static_root = compose.statics();
  if (static_root == nullptr) static_root = flags_of_workload(objects, reading);
  if (found.statics.size() > 1)
    reading.error(found.statics[1]->place, fmt::format("a second static configuration stands here, the first at {}; expected "
                                                       "the files of one Traefik",
                                                       deployment.files.describe(found.statics.front()->place)));
  Statics statics = read_statics(static_root, reading);
  for (const std::string& file : statics.files) finder.take_named(file, found);
  std::vector<Source> sources = std::move(found.dynamic);
  for (Compose& compose : composes) sources.push_back(compose.source(statics.docker_is_asked_by_default));
  if (std::ranges::any_of(objects, is_crd)) sources.push_back(source_of(objects, reading));
  if (static_root == nullptr && sources.empty())
    reading.error({}, fmt::format("{} has nothing of Traefik; expected entryPoints, http.routers, labels or IngressRoutes", path));

  const Definitions definitions = collect(sources, reading);
  make_deployment(read_parts(definitions, std::move(statics), reading), deployment);
  drop_repeated(deployment.problems);
  return deployment;
}

}  // namespace astray::traefik
