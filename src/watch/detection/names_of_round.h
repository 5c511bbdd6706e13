#pragma once
// Which watched name the bytes of a question mean.
#include <string>
#include <string_view>
#include <unordered_set>

#include "watch/detection/detector.h"

namespace astray::watch {

/// A name that nobody configures (below .invalid, RFC 6761 §6.4), as probes ask for to see the default
/// virtual host.
bool is_unknown_name(std::string_view text);

class NamesOfRound {
 public:
  NamesOfRound(const RoundRecord& round, const DetectionPast& past);
  /// The known name that the text spells, in whatever way; "" when it spells none.
  std::string_view meant_by(std::string_view text) const;
  /// Whether the settings still have the name. True where nobody said what they have.
  bool is_watched(const std::string& name) const;

 private:
  std::unordered_set<std::string> names_;
  bool all_are_known_ = false;
};

}  // namespace astray::watch
