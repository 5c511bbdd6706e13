#include "watch/detection/names_of_round.h"

#include "base/ascii.h"

namespace astray::watch {
namespace {

/// Without port and trailing dot, in lower case.
std::string plain_spelling(std::string_view text) {
  if (!text.starts_with('[')) text = text.substr(0, text.find(':'));
  if (text.ends_with('.')) text.remove_suffix(1);
  return ascii_lower(text);
}

}  // namespace

bool is_unknown_name(std::string_view text) {
  return text.ends_with(".invalid");
}

NamesOfRound::NamesOfRound(const RoundRecord& round, const DetectionPast& past)
    : names_(past.names.begin(), past.names.end()), all_are_known_(!past.names.empty()) {
  for (const NodeRecord& node : round.nodes) names_.insert(node.names.begin(), node.names.end());
  for (const CellRecord& record : round.answers) {
    if (record.key.is_baseline() && !is_unknown_name(record.key.authority))
      names_.insert(record.key.authority);
  }
}

std::string_view NamesOfRound::meant_by(std::string_view text) const {
  const auto as_written = names_.find(std::string(text));
  if (as_written != names_.end()) return *as_written;
  const auto plain = names_.find(plain_spelling(text));
  return plain == names_.end() ? std::string_view() : std::string_view(*plain);
}

bool NamesOfRound::is_watched(const std::string& name) const {
  return !all_are_known_ || names_.contains(name);
}

}  // namespace astray::watch
