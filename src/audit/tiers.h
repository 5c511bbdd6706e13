#pragma once
// How the audited configurations hang together: tiers (one for each configuration) and the ways between them, with
// what the findings say about each. Drawings and lists are made of it.
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/finding.h"
#include "audit/topology.h"

namespace astray {

struct Tiers {
  /// What a finding says about a tier or a way.
  struct Mark {
    std::string_view rule_id;
    Severity severity;
    std::string from_name, to_name;  ///< as in the finding
  };

  struct Tier {
    std::string file;                    ///< the configuration, as given by the user
    std::string server, version;
    std::vector<std::string> listeners;  ///< "*:443", in the order of the configuration; the first few
    size_t further_listeners = 0;
    bool is_front = false;               ///< no other tier leads here: clients do
    std::vector<Mark> marks;             ///< of findings that are about no way in particular
  };

  /// Back edges of one tier that lead to the same place with the same protocol.
  struct Way {
    size_t from;               ///< index into `tiers`
    std::optional<size_t> to;  ///< absent: to an address that no audited configuration listens at
    std::string address;       ///< "app.internal:8443", the first as written
    JoinedBy joined_by = JoinedBy::address;
    size_t candidates = 0;     ///< without `to`: how many tiers listen there, so that none is meant
    BackProtocol protocol = BackProtocol::http;
    size_t back_edges = 0;
    Place place;               ///< of the first
    std::vector<Mark> marks;
  };

  std::vector<Tier> tiers;  ///< in the order of the topology's sites
  std::vector<Way> ways;    ///< in the order of the configurations
  size_t further_ways = 0;  ///< beyond most_ways
};

constexpr size_t most_ways = 20'000;

/// Findings that are waived leave no mark. Each way and tier has a mark once for each rule and pair of names.
Tiers tiers_of(const Topology& topology, std::span<const Finding> findings);

/// By site: whether no other leads there, so that clients do.
std::vector<bool> fronts_of(const Topology& topology);

/// The worst of the marks; nothing where there are none.
std::optional<Severity> worst_of(std::span<const Tiers::Mark> marks);

}  // namespace astray
