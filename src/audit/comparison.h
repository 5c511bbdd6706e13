#pragma once
// Two topologies side by side, two regions or two releases of one site: the names whose predicted answer differs, and
// the findings that only one of them has. Nothing here asks about pairs of names; what coalescing does to them is in
// the findings.
#include <cstddef>
#include <string>
#include <vector>

#include "audit/finding.h"
#include "audit/topology.h"

namespace astray {

/// What of an answer is compared. Addresses, paths and line numbers are not: two regions differ in them.
enum class ComparedFact : uint8_t {
  owner,                  ///< which virtual host answers
  answer,                 ///< served, refused with which status and why
  handshake,              ///< completed or refused, and with what alert
  certificate,            ///< whether it covers the name
  protocol,               ///< h2 or HTTP/1.1 for a client that offers both
  client_authentication,  ///< whether a certificate is asked for, and of which authorities
  without_sni,            ///< what a client without SNI gets
  hops,                   ///< SNI and Host toward each back, and what it answers
};
std::string_view to_string(ComparedFact fact);

struct NameDifference {
  std::string name;
  Port port{443};
  struct Fact {
    ComparedFact fact;
    std::string a, b;  ///< as sentences
  };
  std::vector<Fact> facts;
  Place place_a, place_b;  ///< of the virtual hosts that answer
};

struct TopologyComparison {
  std::vector<NameDifference> differences;  ///< in the order of port and name
  size_t further_differences = 0;           ///< beyond most_differences
  size_t names = 0;                         ///< pairs of name and port that were compared
  /// Ports at which only one of the two listens for clients; their names are not told one by one.
  struct LonePort {
    Port port{443};
    bool in_a = false;
    size_t names = 0;
  };
  std::vector<LonePort> lone_ports;
  std::vector<Finding> only_in_a, only_in_b;  ///< waived ones are in neither
};

constexpr size_t most_differences = 10'000;

/// Names are those that either of the two configures, for patterns one that they match. Only fronts are asked: the
/// tiers that clients reach. The cost grows with the number of names.
TopologyComparison compare_topologies(const Topology& a, const std::vector<Finding>& findings_a, const Topology& b,
                                      const std::vector<Finding>& findings_b);

}  // namespace astray
