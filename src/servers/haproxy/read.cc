#include "servers/haproxy/read.h"

#include <fmt/format.h>

#include <algorithm>

#include "servers/haproxy/parts.h"
#include "servers/haproxy/virtual_hosts.h"

namespace astray::haproxy {
namespace {

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return "";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Files of several -f: every path of the list in turn.
std::vector<std::string> files_of(FileSource& files, std::string_view paths) {
  if (files.kind(std::string(paths)) != FileSource::Kind::missing) return configuration_files(files, paths);
  std::vector<std::string> found;
  while (!paths.empty()) {
    const size_t comma = paths.find(',');
    for (std::string& each : configuration_files(files, paths.substr(0, comma))) found.push_back(std::move(each));
    paths.remove_prefix(comma == std::string_view::npos ? paths.size() : comma + 1);
  }
  return found;
}

}  // namespace

bool recognise(FileSource& files, std::string_view path) {
  for (const std::string& file : configuration_files(files, path)) {
    if (files.kind(file) != FileSource::Kind::file) continue;
    const Result<std::string> text = files.read(file);
    if (text && looks_like_haproxy(*text)) return true;
  }
  return false;
}

Result<Deployment> read(std::string_view path, const ReadOptions& options) {
  Deployment deployment;
  deployment.server = ServerKind::haproxy;
  deployment.version = options.version.value_or(newest);
  deployment.version_basis = options.version ? options.version_basis : VersionBasis::assumed;
  deployment.main_file = std::string(path);
  const std::vector<std::string> paths = files_of(options.files, path);
  if (paths.empty())
    return failure(fmt::format("{}: no HAProxy configuration found; expecting haproxy.cfg or other *.cfg files in it",
                               path));
  Problems problems(deployment.problems);
  Result<Sections> sections = read_sections(paths, options.files, deployment.version, options.defines,
                                            deployment.files, problems);
  if (!sections) return tl::unexpected(sections.error());
  const bool has_proxy = std::any_of(sections->all.begin(), sections->all.end(), [](const Section& section) {
    return section.kind == SectionKind::frontend || section.kind == SectionKind::listen;
  });
  if (!has_proxy)
    problems.warning({}, fmt::format("{}: no frontend and no listen section in it: nothing takes requests", path));
  Reading reading{deployment.version,  options.prefix.empty() ? folder_of(paths.front()) : options.prefix,
                  options.files,       options.certificates,
                  deployment.files,    problems};
  auto parts = std::make_shared<Parts>();
  parts->proxies = read_proxies(sections->all, reading);
  make_virtual_hosts(*parts, deployment);
  deployment.haproxy = std::move(parts);
  return deployment;
}

}  // namespace astray::haproxy
