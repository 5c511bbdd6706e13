#pragma once
// The configurations that lie in a folder: of one server, or of a whole site with several tiers of several makes.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "servers/model/server.h"

namespace astray {

/// What one input of an audit is: a file, or the folder that a server takes as a whole.
struct FoundConfiguration {
  std::string path;
  const Server* server;
};

struct Discovery {
  std::vector<FoundConfiguration> found;  ///< in the order of their paths
  /// Files that more than one server could have written, with these servers: nobody guesses.
  struct Ambiguous {
    std::string path;
    std::vector<const Server*> servers;
  };
  std::vector<Ambiguous> ambiguous;
  size_t unrecognised_files = 0;  ///< keys, certificates, pages, scripts, …
  size_t files_left_out = 0;      ///< beyond most_files, and below most_levels
};

/// Where looking ends, so that no folder can keep it busy for ever.
constexpr int most_levels = 16;
constexpr size_t most_files = 50'000;

/// A folder that one server recognises as its own is one configuration, and what lies in it is that server's; below
/// it, others are looked for, and the same server only where its main file has the customary name. In any other
/// folder each file is looked at by itself. Hidden entries and links to folders are passed by.
Discovery discover(FileSource& files, std::string_view folder);

}  // namespace astray
