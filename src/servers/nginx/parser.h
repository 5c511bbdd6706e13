#pragma once
#include <string>

#include "servers/nginx/config_files.h"
#include "servers/nginx/directive_tree.h"
#include "servers/nginx/problems.h"

namespace astray::nginx {

/// Where a hostile configuration is stopped; a real one comes nowhere near.
struct ParseLimits {
  size_t directives = 40'000'000;
  size_t files = 2'000'000;  ///< every inclusion counts
  int block_depth = 200;
  int include_depth = 100;
};

/// Parses a file and what it includes into the tree. Relative includes start at `conf_prefix`. Errors go to
/// `problems`, and parsing goes on behind them; an Error only when the file itself cannot be read.
Result<SourceFileId> parse_configuration(ConfigFiles& files, const std::string& path,
                                         const std::string& conf_prefix, Problems& problems,
                                         DirectiveTree& tree, const ParseLimits& limits = {});

/// The same for several files, one after the other, as if one file included them all.
void parse_configurations(ConfigFiles& files, const std::vector<std::string>& paths,
                          const std::string& conf_prefix, Problems& problems, DirectiveTree& tree,
                          const ParseLimits& limits = {});

}  // namespace astray::nginx
