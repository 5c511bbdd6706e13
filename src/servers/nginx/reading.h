#pragma once
#include <string>

#include "servers/model/version.h"
#include "servers/nginx/config_files.h"
#include "servers/nginx/directive_tree.h"
#include "servers/nginx/problems.h"

namespace astray::nginx {

class CertificateLoader;

/// What every part of the reader works with.
struct Reading {
  const DirectiveTree& tree;
  Version version;
  std::string conf_prefix;  ///< relative paths of includes and certificates start here
  ConfigFiles& files;
  CertificateLoader& certificates;
  Problems& problems;
};

}  // namespace astray::nginx
