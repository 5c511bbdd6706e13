#include "watch/detection/pages.h"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

#include "probe/answer_print.h"
#include "probe/cell_judge.h"
#include "watch/detection/names_of_round.h"

namespace astray::watch {

std::string page_of(const ProbeCell& cell) {
  if (!is_content(cell.seen.status) || cell.connection->use != ConnectionUse::fresh ||
      cell.connection->session_of)
    return {};
  const bool for_nobody =
      cell.connection->sni_spelling == Spelling::unknown && cell.request->spelling == Spelling::unknown;
  if (!for_nobody && !is_baseline(*cell.connection, *cell.request)) return {};
  const AnswerPrint print = print_of(cell.seen, sent_names(*cell.connection, *cell.request));
  return fmt::format("{:016x}{:016x}", print.exact, print.folded);
}

bool is_same_page(std::string_view a, std::string_view b) {
  constexpr size_t digits = 16;
  constexpr std::string_view unknown = "0000000000000000";
  if (a.size() != 2 * digits || b.size() != 2 * digits) return false;
  if (a.substr(0, digits) == b.substr(0, digits)) return true;
  return a.substr(digits) == b.substr(digits) && a.substr(digits) != unknown;
}

void keep_steady_pages(RoundRecord& round) {
  std::map<std::string_view, std::vector<std::pair<CellRecord*, std::string>>> of_name;
  for (CellRecord& record : round.answers) {
    if (record.answer.page.empty()) continue;
    const std::string_view asked = record.key.authority;
    of_name[is_unknown_name(asked) ? std::string_view() : asked].emplace_back(&record, record.answer.page);
  }
  for (auto& [name, records] : of_name) {
    for (size_t i = 0; i < records.size(); ++i) {
      bool steady = false;
      for (size_t j = 0; j < records.size() && !steady; ++j)
        steady = i != j && is_same_page(records[i].second, records[j].second);
      if (!steady) records[i].first->answer.page.clear();
    }
  }
}

}  // namespace astray::watch
