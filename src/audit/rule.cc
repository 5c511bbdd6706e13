#include "audit/rule.h"

#include <algorithm>
#include <string>

#include "embedded/rule_pages.h"

namespace astray {

const Rule* find_rule(std::string_view id_or_name) {
  for (const Rule* rule : all_rules())
    if (rule->id == id_or_name || rule->name == id_or_name) return rule;
  return nullptr;
}

std::string_view page(const Rule& rule) {
  std::string stem(rule.name);
  std::replace(stem.begin(), stem.end(), '-', '_');
  return embedded::rule_page(stem);
}

}  // namespace astray
