#pragma once
#include <map>
#include <string>

#include "watch/outlets/nats/region_report.h"

namespace astray::watch {

/// What every region last told. To whoever compares, a node that a region asks is a node of its own: so a
/// name that is answered otherwise from one region shows as any node that differs from its peers does.
class RegionBoard {
 public:
  /// An older answer never takes the place of a newer one: reports may come twice, and late.
  void take(const RegionReport& report);
  /// Adds the answers that have come since the last call, so that each is judged once, and a node for each
  /// region and node that is known. Forgets pairs at once, and own answers that were not told again for an hour.
  void add_to(RoundRecord& round);
  size_t size() const { return answers_.size(); }
  /// Answers that found no room, of those that came before the last call of add_to().
  uint64_t left_out() const { return left_out_before_; }

  static constexpr size_t most_answers = 100'000;
  static constexpr int64_t silence_lasts_seconds = 3600;
  /// Older ones say nothing of the present: an agent that was cut off tells them when it is back.
  static constexpr int64_t present_lasts_seconds = 900;

 private:
  struct Told {
    CellRecord cell;
    Instant at;
    bool is_new = true;
  };
  std::map<CellKey, Told> answers_;  ///< the key's node begins with the region
  uint64_t left_out_ = 0, left_out_before_ = 0;
};

/// "eu 192.0.2.1:443".
std::string node_of_region(std::string_view region, std::string_view node);

}  // namespace astray::watch
