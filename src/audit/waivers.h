#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/finding.h"
#include "base/instant.h"
#include "base/result.h"

namespace astray {

/// One entry of .astray-ignore.yaml.
struct Waiver {
  std::string rule;                ///< the rule's id, also where the file gives its name
  std::vector<std::string> names;  ///< exact or "*.suffix"; every name of the finding must match; empty: any
  std::string reason;              ///< required
  std::string owner;               ///< required
  std::optional<Instant> expires;  ///< the last second of that day, UTC; absent: never
  uint32_t line = 0;               ///< of the entry's first key

  bool expired_at(Instant now) const { return expires && now > *expires; }
};

class Waivers {
 public:
  Waivers() = default;
  /// YAML: a list of {rule, names, reason, owner, expires: YYYY-MM-DD}; an empty file waives nothing. An
  /// unknown or repeated key, an unknown rule, a name or date that is none, or a missing reason or owner is
  /// an Error with file and line.
  static Result<Waivers> parse(std::string_view yaml, std::string file_name);

  std::span<const Waiver> all() const { return waivers_; }
  const std::string& file_name() const { return file_name_; }
  /// The waiver in force at `now` that covers the finding; nullptr: none. A waiver that is limited to names
  /// never covers a finding that has none.
  const Waiver* covering(const Finding& finding, Instant now) const;

 private:
  std::vector<Waiver> waivers_;
  std::string file_name_;
};

}  // namespace astray
