#include "gateway/configuration/reading_problems.h"

#include <algorithm>

#include <fmt/format.h>

#include "names/raw_host.h"

namespace astray::gateway {

std::string in_quotes(std::string_view text) {
  return "\"" + RawHost(std::string(text)).printable() + "\"";
}

std::string found(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::nothing:
      return "nothing";
    case YamlNode::Kind::plain:
    case YamlNode::Kind::quoted:
      return in_quotes(node.text);
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a set of keys";
  }
  return {};
}

void ReadingProblems::complain(SourceSpan place, std::string message) {
  if (problems_.size() < max_read_problems)
    problems_.push_back({Severity::error, place, std::move(message)});
  else if (problems_.size() == max_read_problems)
    problems_.push_back({Severity::error, place, "there are more problems; these come first"});
}

std::vector<ConfigurationProblem> ReadingProblems::take() {
  const auto listed = problems_.begin() + static_cast<ptrdiff_t>(std::min(problems_.size(), max_read_problems));
  std::ranges::stable_sort(problems_.begin(), listed, {}, &ConfigurationProblem::place);
  return std::move(problems_);
}

bool KeysSeen::first_of_name(const YamlMember& member) {
  const auto [first, is_new] = lines_.try_emplace(member.name, member.place.line);
  if (is_new) return true;
  problems_.complain(member.place, fmt::format("the key {} stands twice; the first is in line {}",
                                               in_quotes(member.name), first->second));
  return false;
}

}  // namespace astray::gateway
