#pragma once
// What drawings of a topology say, in the words that all of them share.
#include <string>
#include <string_view>
#include <vector>

#include "audit/tiers.h"

namespace astray {

/// "nginx 1.22.1".
std::string title_of(const Tiers::Tier& tier);
/// "*:80, *:443 and 3 more".
std::string listeners_of(const Tiers::Tier& tier);
/// "https to app.internal:8443, 3 back edges".
std::string label_of(const Tiers::Way& way);
/// Each rule once, in order.
std::vector<std::string_view> rules_of(const std::vector<Tiers::Mark>& marks);
/// "AST001 a.test → b.test" for the first few marks, then "and 4 more".
std::vector<std::string> notes_of(const std::vector<Tiers::Mark>& marks);

}  // namespace astray
