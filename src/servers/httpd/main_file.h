#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "servers/model/file_source.h"

namespace astray::httpd {

/// What is to be read for a path that a user gave.
struct MainFiles {
  std::vector<std::string> paths;  ///< one main file, or all *.conf files of a sites folder
  bool is_sites_folder = false;
  std::string folder;       ///< the configuration's own: of the main file, or the sites folder
  std::string server_root;  ///< to start with: the folder, or the one above a folder "conf"
};

Result<MainFiles> find_main_files(FileSource& files, std::string_view path);

}  // namespace astray::httpd
