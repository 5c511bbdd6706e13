#pragma once
// What the agents of a region tell the watcher that compares: answers of nodes, as they came there.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "watch/model/round_record.h"

namespace astray::watch {

struct RegionReport {
  std::string region;
  std::string watcher;              ///< id of the agent's store
  Instant began;                    ///< the round
  std::vector<CellRecord> answers;  ///< without evidence
};

/// Letters, digits, '-' and '_', at most 64: what may stand in a subject of NATS.
bool is_region_name(std::string_view text);

/// Which answers of a round are told: the names' own, or all of them, where nobody else would judge the others.
enum class ReportedAnswers : uint8_t { own, all };

/// Of the round's answers, as JSON in gzip, so many answers in each that no message is larger than servers take.
std::vector<std::string> region_reports(const RoundRecord& round, const std::string& region,
                                        const std::string& watcher, ReportedAnswers which = ReportedAnswers::own);
/// The error says what is wrong with a message of whomever.
Result<RegionReport> read_region_report(std::string_view bytes);
/// The same of what was in the gzip.
Result<RegionReport> parse_region_report(std::string_view json);

inline constexpr size_t most_answers_in_report = 1000;
/// Decoded; more is no report of ours.
inline constexpr size_t most_report_bytes = 16 * 1024 * 1024;

}  // namespace astray::watch
