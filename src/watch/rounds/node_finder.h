#pragma once
#include <map>
#include <string>
#include <vector>

#include "probe/nodes.h"

namespace astray::watch {

/// Where the targets are, in each round anew. While DNS does not answer, they are where they were.
class NodeFinder {
 public:
  /// Borrows both.
  NodeFinder(Loop& loop, Resolver& resolver) : loop_(loop), resolver_(resolver) {}

  struct Found {
    ProbeNodes nodes;
    std::vector<std::string> troubles;  ///< one sentence each, of a bounded number
  };
  /// Takes no longer than `patience`.
  Task<Found> find(std::vector<ProbeTarget> targets, std::vector<NodeOverride> instead, Duration patience);

 private:
  /// Every target with each address that it has, or had.
  std::vector<ProbeTarget> pinned(const std::vector<ProbeTarget>& targets) const;
  void learn(const ProbeNodes& found);

  Loop& loop_;
  Resolver& resolver_;
  std::map<std::string, std::vector<IpAddress>> known_;  ///< by name
};

}  // namespace astray::watch
