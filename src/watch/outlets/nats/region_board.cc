#include "watch/outlets/nats/region_board.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "watch/detection/names_of_round.h"

namespace astray::watch {

std::string node_of_region(std::string_view region, std::string_view node) {
  return fmt::format("{} {}", region, node);
}

void RegionBoard::take(const RegionReport& report) {
  for (const CellRecord& told : report.answers) {
    CellRecord cell = told;
    cell.key.node = node_of_region(report.region, told.key.node);
    const auto found = answers_.find(cell.key);
    if (found == answers_.end()) {
      if (answers_.size() == most_answers) {
        ++left_out_;
        continue;
      }
      CellKey key = cell.key;
      answers_.emplace(std::move(key), Told{std::move(cell), report.began, true});
    } else if (found->second.at < report.began) {
      found->second = {std::move(cell), report.began, true};
    }
  }
}

void RegionBoard::add_to(RoundRecord& round) {
  left_out_before_ = std::exchange(left_out_, 0);
  const auto age = [&round](const Told& told) { return round.began.unix_seconds - told.at.unix_seconds; };
  std::erase_if(answers_, [&age](const auto& entry) { return age(entry.second) > silence_lasts_seconds; });
  std::map<std::string, NodeRecord> nodes;
  std::map<std::string, std::set<std::string>> names;
  for (auto& [key, told] : answers_) {
    NodeRecord& node = nodes[key.node];
    node.node = key.node;
    if (!std::exchange(told.is_new, false) || age(told) > present_lasts_seconds) continue;
    ++node.cells;
    const bool failed = told.cell.answer.verdict == CellVerdict::failed;
    if (failed) ++node.failed;
    node.answered = node.answered || !failed;
    if (key.is_baseline() && !is_unknown_name(key.authority)) names[key.node].insert(key.authority);
    round.answers.push_back(told.cell);
  }
  // Pairs are many and take turns: once judged they take no room. By own answers a node stays known.
  std::erase_if(answers_, [](const auto& entry) { return !entry.second.is_new && !entry.first.is_baseline(); });
  for (auto& [name, node] : nodes) {
    const std::set<std::string>& asked = names[name];
    node.names.assign(asked.begin(), asked.end());
    round.nodes.push_back(std::move(node));
  }
}

}  // namespace astray::watch
