#include "servers/httpd/main_file.h"

#include <fmt/format.h>

namespace astray::httpd {
namespace {

constexpr std::string_view candidates[] = {"apache2.conf", "httpd.conf", "conf/httpd.conf",
                                           "conf/apache2.conf"};

std::string folder_of(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Where relative paths start unless ServerRoot says so: a main file in a folder "conf" belongs to the folder
/// above.
std::string server_root_of(const std::string& folder) {
  if (folder.ends_with("/conf")) return folder_of(folder);
  return folder;
}

}  // namespace

Result<MainFiles> find_main_files(FileSource& files, std::string_view given) {
  std::string path(given);
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  MainFiles found;
  switch (files.kind(path)) {
    case FileSource::Kind::missing:
      return failure(fmt::format(
          "{}: no such file or folder; give httpd's main file (httpd.conf, apache2.conf) or its folder",
          path));
    case FileSource::Kind::other:
      return failure(
          fmt::format("{}: is neither a file nor a folder; give httpd's main file or its folder", path));
    case FileSource::Kind::file:
      found.paths = {path};
      found.folder = folder_of(path);
      found.server_root = server_root_of(found.folder);
      return found;
    case FileSource::Kind::directory:
      break;
  }
  for (std::string_view candidate : candidates) {
    std::string file = path + "/" + std::string(candidate);
    if (files.kind(file) != FileSource::Kind::file) continue;
    found.paths = {file};
    found.folder = folder_of(file);
    found.server_root = server_root_of(found.folder);
    return found;
  }
  found.paths = files.glob(path + "/*.conf");
  if (found.paths.empty())
    return failure(fmt::format(
        "{}: has no httpd configuration: neither apache2.conf nor httpd.conf nor conf/httpd.conf, and no "
        "*.conf file; give the main file or its folder",
        path));
  found.is_sites_folder = true;
  found.folder = path;
  found.server_root = path;
  return found;
}

}  // namespace astray::httpd
