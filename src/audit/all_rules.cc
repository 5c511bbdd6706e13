// The list of rules, in the order of their ids. A rule that goes leaves its id behind: ids are never reused.
#include "audit/rule.h"
#include "audit/rules/rules.h"

namespace astray {

std::span<const Rule* const> all_rules() {
  static constexpr std::initializer_list<const Rule*> list = {};
  return list;
}

}  // namespace astray
