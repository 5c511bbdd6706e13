#include "servers/haproxy/switch_runs.h"

#include <algorithm>

#include "base/ascii.h"

namespace astray::haproxy {
namespace {

constexpr size_t fewest = 8;  // below, going through them costs less than a table

/// The condition's only criterion, if it is a look-up of exact texts.
const Criterion* sole_criterion(const Condition& condition) {
  if (!condition.stated || !condition.readable || condition.is_unless) return nullptr;
  if (condition.alternatives.size() != 1 || condition.alternatives.front().size() != 1) return nullptr;
  const Condition::Term& term = condition.alternatives.front().front();
  if (term.negated || term.criteria.size() != 1) return nullptr;
  const Criterion& criterion = *term.criteria.front();
  return criterion.patterns->match() == Match::str ? &criterion : nullptr;
}

}  // namespace

size_t SwitchRun::find(const std::string& text) const {
  size_t first = end;
  if (const auto found = exact.find(text); found != exact.end()) first = found->second;
  if (const auto found = folded.find(ascii_lower(text)); found != folded.end()) first = std::min(first, found->second);
  return first;
}

std::vector<SwitchRun> switch_runs(const std::vector<UseBackend>& rules) {
  std::vector<SwitchRun> runs;
  for (size_t i = 0; i < rules.size();) {
    const Criterion* first = sole_criterion(rules[i].condition);
    size_t end = i + 1;
    if (first != nullptr)
      while (end < rules.size()) {
        const Criterion* next = sole_criterion(rules[end].condition);
        if (next == nullptr || next->expression.text != first->expression.text) break;
        ++end;
      }
    if (first != nullptr && end - i >= fewest) {
      SwitchRun& run = runs.emplace_back();
      run.begin = i;
      run.end = end;
      run.expression = &first->expression;
      for (size_t at = i; at < end; ++at)
        for (const Pattern& pattern : sole_criterion(rules[at].condition)->patterns->all())
          (pattern.ignores_case ? run.folded : run.exact)
              .try_emplace(pattern.ignores_case ? ascii_lower(pattern.text) : pattern.text, at);
    }
    i = end;
  }
  return runs;
}

}  // namespace astray::haproxy
