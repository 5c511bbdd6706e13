#pragma once
// Drift that no cell tells alone, since the answer is 200 and somebody's page: names that the configuration
// gives to one virtual host are answered with different pages, and one of them is the page of another virtual
// host's name.
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "probe/baselines.h"
#include "probe/probe_findings.h"

namespace astray {

class VirtualHostDrift {
 public:
  /// A name's own answer where the prediction holds so far. The first one of a name at a node counts.
  void add(NodeIndex node, NameId name, const ProbeCell& baseline, const AnswerPrint& print);
  void find(const NameTable& names, const std::vector<ProbeNode>& nodes, ProbeFindings& findings) const;

 private:
  struct Own {
    NodeIndex node{};
    NameId name{};
    std::string virtual_host;  ///< with the place that states it: labels repeat
    std::string label;
    uint64_t print = 0;
    uint64_t cell = 0;
  };
  static void find_at(const std::vector<const Own*>& answers, const NameTable& names, const std::string& node,
                      ProbeFindings& findings);

  std::vector<Own> own_;
  std::unordered_set<uint64_t> seen_;  ///< node and name
};

}  // namespace astray
