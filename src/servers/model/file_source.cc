#include "servers/model/file_source.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

namespace astray {

namespace fs = std::filesystem;

std::string DiskFiles::on_disk(const std::string& path) const {
  return path.starts_with('/') ? root_ + path : path;
}

FileSource::Kind DiskFiles::kind(const std::string& path) {
  std::error_code error;
  fs::file_status status = fs::status(on_disk(path), error);
  if (status.type() == fs::file_type::not_found || error) return Kind::missing;
  if (fs::is_directory(status)) return Kind::directory;
  return fs::is_regular_file(status) ? Kind::file : Kind::other;
}

Result<std::string> DiskFiles::read(const std::string& path) {
  switch (kind(path)) {
    case Kind::missing:
      return failure(fmt::format("{}: no such file; check the path, or the include that names it", path));
    case Kind::directory:
      return failure(fmt::format("{}: is a directory where a file was expected", path));
    case Kind::other:
      return failure(fmt::format("{}: is neither a file nor a directory; configurations are read from plain files", path));
    case Kind::file:
      break;
  }
  std::error_code error;
  uintmax_t size = fs::file_size(on_disk(path), error);
  if (!error && size > max_file_size_)
    return failure(fmt::format("{}: {} MiB is more than the {} MiB that a configuration file may have; "
                               "split it, or raise --max-file-size",
                               path, size >> 20, max_file_size_ >> 20));
  std::ifstream in(on_disk(path), std::ios::binary);
  if (!in) return failure(fmt::format("{}: cannot open it: {}", path, std::strerror(errno)));
  std::string text;
  text.resize(error ? 0 : size);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (in.bad()) return failure(fmt::format("{}: cannot read it: {}", path, std::strerror(errno)));
  return text;
}

std::vector<std::string> DiskFiles::glob(const std::string& pattern) {
  std::vector<std::string> paths;
  glob_t matches{};
  if (::glob(on_disk(pattern).c_str(), 0, nullptr, &matches) == 0)
    paths.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  globfree(&matches);
  if (pattern.starts_with('/'))
    for (std::string& path : paths) path.erase(0, root_.size());
  return paths;
}

std::vector<FileSource::Entry> DiskFiles::list(const std::string& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  const std::string prefix = folder.ends_with('/') ? folder : folder + '/';
  for (fs::directory_iterator each(on_disk(folder), error), end; !error && each != end; each.increment(error)) {
    std::string name = each->path().filename().string();
    std::error_code ignored;
    const bool is_link = each->is_symlink(ignored);
    const Kind its_kind = kind(prefix + name);
    entries.push_back({std::move(name), its_kind, is_link});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

FileSource::Kind MemoryFiles::kind(const std::string& path) {
  if (files_.contains(path)) return Kind::file;
  std::string below = path.ends_with('/') ? path : path + "/";
  auto next = files_.lower_bound(below);
  return next != files_.end() && next->first.starts_with(below) ? Kind::directory : Kind::missing;
}

Result<std::string> MemoryFiles::read(const std::string& path) {
  auto found = files_.find(path);
  if (found == files_.end())
    return failure(fmt::format("{}: no such file; check the path, or the include that names it", path));
  return found->second;
}

std::vector<std::string> MemoryFiles::glob(const std::string& pattern) {
  std::set<std::string> paths;  // folders match too, as on a disk
  for (const auto& [path, text] : files_)
    for (size_t end = path.size(); end != std::string::npos && end != 0; end = path.rfind('/', end - 1)) {
      const std::string prefix = path.substr(0, end);
      if (fnmatch(pattern.c_str(), prefix.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0) paths.insert(prefix);
    }
  return {paths.begin(), paths.end()};
}

std::vector<FileSource::Entry> MemoryFiles::list(const std::string& folder) {
  std::vector<Entry> entries;
  const std::string prefix = folder.ends_with('/') ? folder : folder + '/';
  for (auto each = files_.lower_bound(prefix); each != files_.end() && each->first.starts_with(prefix); ++each) {
    const std::string_view below = std::string_view(each->first).substr(prefix.size());
    const size_t slash = below.find('/');
    std::string name(below.substr(0, slash));
    if (!entries.empty() && entries.back().name == name) continue;
    entries.push_back({std::move(name), slash == std::string_view::npos ? Kind::file : Kind::directory, false});
  }
  return entries;
}

std::string resolve_path(std::string_view base, std::string_view path) {
  fs::path joined = fs::path(base) / fs::path(path);
  return joined.lexically_normal().string();
}

}  // namespace astray
