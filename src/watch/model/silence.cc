#include "watch/model/silence.h"

#include <algorithm>

#include <fmt/format.h>

#include "watch/model/instant_text.h"

namespace astray::watch {
namespace {

/// Whether the list has something, and nothing but these.
bool is_within(const std::vector<std::string>& list, std::initializer_list<std::string_view> these) {
  return !list.empty() && std::ranges::all_of(list, [&](const std::string& text) {
    return std::ranges::find(these, text) != these.end();
  });
}

}  // namespace

std::string remark_text(const Remark& remark) {
  return remark.why.empty() ? remark.by : remark.by + ": " + remark.why;
}

bool ProblemEvent::is_silenced() const {
  if (!problem.silenced) return false;
  const bool was_told = problem.opened && *problem.opened < problem.silenced->remark.at;
  return !is_end(step) || !was_told;
}

std::string what_people_said(const ProblemEvent& event) {
  const Problem& problem = event.problem;
  if (event.step == ProblemStep::acknowledged && problem.acknowledged)
    return "acknowledged by " + remark_text(*problem.acknowledged);
  if (event.step == ProblemStep::silenced && problem.silenced)
    return fmt::format("silenced until {} by {}", instant_text(problem.silenced->until),
                       remark_text(problem.silenced->remark));
  return {};
}

bool concerns(const Silence& silence, const Problem& problem) {
  if (!silence.problem.empty() && silence.problem != problem.id) return false;
  if (!silence.from.empty() && silence.from != problem.from) return false;
  if (!silence.to.empty() &&
      (silence.to != problem.to || !is_within(problem.affected_names, {silence.from, silence.to})))
    return false;
  return silence.node.empty() || is_within(problem.nodes, {silence.node});
}

std::optional<Silenced> silenced_by(const std::vector<Silence>& silences, const Problem& problem,
                                    Instant now) {
  const Silence* longest = nullptr;
  for (const Silence& silence : silences) {
    if (silence.until <= now || !concerns(silence, problem)) continue;
    if (longest == nullptr || longest->until < silence.until) longest = &silence;
  }
  if (longest == nullptr) return std::nullopt;
  return Silenced{longest->remark, longest->until};
}

}  // namespace astray::watch
