#pragma once
// What the metrics remember of the rounds. A round asks a part of the matrix, a scrape wants the present: the
// last answer of each name on each node, and of the pairs that went wrong. Bounded whatever the matrix is.
#include <array>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "watch/model/round_record.h"
#include "web/counter.h"

namespace astray::watch {

/// Series of one family that are shown; more of them are counted instead.
struct MetricLimits {
  size_t baselines = 30'000;  ///< names × nodes
  size_t pairs = 1'000;       ///< pairs of names on a node that went wrong
  size_t names = 1'000;       ///< names whose nodes differ
  size_t certificates = 10'000;
  size_t nodes = 1'000;
  size_t logs = 1'000;  ///< hosts of logs
};

class MetricsMemory {
 public:
  explicit MetricsMemory(MetricLimits limits = {}) : limits_(limits) {}

  void take(const RoundRecord& round);

  /// A name's own answer on a node.
  struct Baseline {
    bool success = false;     ///< on every ALPN that was offered, with some client certificate or none
    uint64_t print = 0;       ///< equal for what counts as the same answer
    std::string certificate;  ///< fingerprint; "" when none was seen
  };
  struct BaselineKey {
    std::string name, node;
    auto operator<=>(const BaselineKey&) const = default;
  };
  struct PairKey {
    std::string node, from, to;
    auto operator<=>(const PairKey&) const = default;
  };
  struct Presented {
    Instant not_after;
    std::string name;  ///< the first of its names, or its subject
  };
  struct Node {
    web::DurationCounts durations;
    bool answers = false;
  };

  const MetricLimits& limits() const { return limits_; }
  const std::map<BaselineKey, Baseline>& baselines() const { return baselines_; }
  /// The worst answer that a pair last got, over all ways of asking, where it is a misdirection.
  std::map<PairKey, CellVerdict> bad_pairs() const;
  /// How many nodes of a name answer otherwise than most of its nodes; names without any are left out.
  std::map<std::string, uint64_t> divergences() const;
  /// By fingerprint: those that some name's own answer came with.
  const std::map<std::string, Presented>& certificates() const { return certificates_; }
  const std::map<std::string, Node>& nodes() const { return nodes_; }
  const std::map<std::string, uint64_t>& refusals() const { return refusals_; }
  const std::array<uint64_t, 4>& events() const { return events_; }  ///< by ProblemStep
  uint64_t cells_failed() const { return cells_failed_; }
  /// What found no room, by family.
  struct LeftOut {
    uint64_t baselines = 0, pairs = 0, certificates = 0, nodes = 0, logs = 0;
  };
  const LeftOut& left_out() const { return left_out_; }

 private:
  struct BadCell {
    CellVerdict verdict;
    Instant seen;
  };

  void take_baselines(const RoundRecord& round);
  void take_pairs(const RoundRecord& round);
  void take_certificates(const RoundRecord& round);
  void take_nodes(const RoundRecord& round);
  void take_counts(const RoundRecord& round);

  MetricLimits limits_;
  std::map<BaselineKey, Baseline> baselines_;
  std::map<CellKey, BadCell> bad_cells_;
  std::map<std::string, Presented> certificates_;
  std::map<std::string, Node> nodes_;
  std::map<std::string, uint64_t> refusals_;
  std::array<uint64_t, 4> events_{};
  uint64_t cells_failed_ = 0;
  LeftOut left_out_;
};

}  // namespace astray::watch
