#include "cli/explain_pages.h"

#include <fmt/format.h>

#include "audit/rule.h"
#include "explain/story/cause.h"
#include "verdict/reason.h"

namespace astray {
namespace {

std::string long_page(std::string_view id) {
  for (const Rule* rule : all_rules()) {
    if (rule->id == id || rule->name == id) return std::string(page(*rule));
  }
  std::string text;
  if (const std::optional<Reason> reason = find_reason(id)) text = page(*reason);
  // Some words are both a server's reason and the cause of an incident.
  if (const std::optional<explain::Cause> cause = explain::find_cause(id)) {
    if (!text.empty()) text += '\n';
    text += explain::page(*cause);
  }
  return text;
}

/// A reason or rule whose page is not written has at least its sentence.
std::string short_page(std::string_view id) {
  if (const Rule* rule = find_rule(id))
    return fmt::format("# {} {}\n\n{}\n", rule->id, rule->name, rule->summary);
  if (const std::optional<Reason> reason = find_reason(id)) {
    const ReasonInfo& row = info(*reason);
    return fmt::format("# {}\n\n{}.\n{}{}\n", row.id, row.sentence, row.spec.empty() ? "" : "\nSee ",
                       row.spec);
  }
  return {};
}

}  // namespace

std::string find_explain_page(const std::string& asked) {
  // Ids of rules are written in capitals, and typed as they come.
  std::string id = asked;
  if (find_rule(id) == nullptr) {
    for (char& c : id) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (find_rule(id) == nullptr) id = asked;
  }
  std::string text = long_page(id);
  if (text.empty()) text = short_page(id);
  return text;
}

std::vector<std::string_view> explain_page_ids() {
  std::vector<std::string_view> known;
  for (const Rule* rule : all_rules()) {
    known.push_back(rule->id);
    known.push_back(rule->name);
  }
  for (const ReasonInfo& reason : all_reasons()) known.push_back(reason.id);
  for (const explain::CauseInfo& cause : explain::all_causes()) {
    if (!find_reason(cause.id)) known.push_back(cause.id);
  }
  return known;
}

}  // namespace astray
