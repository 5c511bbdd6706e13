#pragma once
#include <string_view>

#include "servers/httpd/tree_reader.h"
#include "servers/model/server.h"

namespace astray::httpd {

/// The newest release whose behaviour is known here.
inline constexpr Version newest_version{2, 4, 71};
/// The oldest: it brought ssl_server_compatible(), the comparison of virtual hosts.
inline constexpr Version oldest_version{2, 4, 18};

/// Whether a file or folder looks like an httpd configuration.
bool recognise(FileSource& files, std::string_view path);

/// A main file (httpd.conf, apache2.conf, any other), or a folder that has one; a folder with *.conf files
/// alone is read as a sites folder, which is said in the problems.
Result<Deployment> read(std::string_view path, const ReadOptions& options, const ReadLimits& limits);

}  // namespace astray::httpd
