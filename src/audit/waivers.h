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
  std::string rule;                    ///< id or name
  std::vector<std::string> names;      ///< exact or "*.suffix"; every name of the finding must match; empty: any
  std::string reason;                  ///< required
  std::string owner;                   ///< required
  std::optional<Instant> expires;      ///< end of that day, UTC; absent: never
  uint32_t line = 0;
};

class Waivers {
 public:
  Waivers() = default;
  /// YAML: a list of {rule, names, reason, owner, expires: YYYY-MM-DD}. An unknown key, rule or date is an Error
  /// with file and line.
  static Result<Waivers> parse(std::string_view yaml, std::string file_name);

  std::span<const Waiver> all() const { return waivers_; }
  const std::string& file_name() const { return file_name_; }
  /// The waiver in force at `now` that covers the finding; nullptr: none.
  const Waiver* covering(const Finding& finding, Instant now) const;

 private:
  std::vector<Waiver> waivers_;
  std::string file_name_;
};

}  // namespace astray
