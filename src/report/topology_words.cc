#include "report/topology_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/layout.h"
#include "report/printable.h"

namespace astray {

std::string title_of(const Tiers::Tier& tier) {
  return tier.server + ' ' + tier.version;
}

std::string listeners_of(const Tiers::Tier& tier) {
  std::string text;
  for (const std::string& listener : tier.listeners) text += (text.empty() ? "" : ", ") + printable(listener);
  if (tier.further_listeners > 0) text += fmt::format(" and {} more", tier.further_listeners);
  return text;
}

std::string label_of(const Tiers::Way& way) {
  return fmt::format("{} to {}, {}", to_string(way.protocol), printable(way.address),
                     count(way.back_edges, "back edge"));
}

std::vector<std::string_view> rules_of(const std::vector<Tiers::Mark>& marks) {
  std::vector<std::string_view> ids;
  for (const Tiers::Mark& mark : marks)
    if (std::find(ids.begin(), ids.end(), mark.rule_id) == ids.end()) ids.push_back(mark.rule_id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<std::string> notes_of(const std::vector<Tiers::Mark>& marks) {
  constexpr size_t most = 3;
  std::vector<std::string> notes;
  for (size_t i = 0; i < std::min(marks.size(), most); ++i) {
    const Tiers::Mark& mark = marks[i];
    notes.push_back(fmt::format("{} {}{}{}", mark.rule_id, printable(mark.from_name),
                                mark.to_name.empty() ? "" : " → ", printable(mark.to_name)));
  }
  if (marks.size() > most) notes.push_back(fmt::format("and {} more", marks.size() - most));
  return notes;
}

}  // namespace astray
