// What agents tell of their regions, whoever sent it. What is read can be written and read again, and is the
// same.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "probe/plan_sections.h"
#include "watch/outlets/nats/region_report.h"

using namespace astray;
using namespace astray::watch;

namespace {

RoundRecord round_of(const RegionReport& report) {
  RoundRecord round;
  round.began = report.began;
  for (const CellRecord& cell : report.answers) {
    if (cell.key.is_baseline() && cell.key.authority != unconfigured_name) round.answers.push_back(cell);
  }
  return round;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  const Result<RegionReport> report = parse_region_report(json);
  if (!report) {
    CHECK(!report.error().message.empty());
    return 0;
  }
  CHECK(is_region_name(report->region) && report->answers.size() <= most_answers_in_report);
  const RoundRecord round = round_of(*report);
  const std::vector<std::string> written = region_reports(round, report->region, report->watcher);
  CHECK(written.size() == (round.answers.empty() ? 0 : 1));
  if (written.empty()) return 0;
  const Result<RegionReport> again = read_region_report(written[0]);
  CHECK(again && again->region == report->region && again->began == report->began);
  CHECK(again->answers.size() == round.answers.size());
  for (size_t i = 0; i < round.answers.size(); ++i) {
    CHECK(again->answers[i].key == round.answers[i].key);
    CHECK(again->answers[i].answer == round.answers[i].answer);
  }
  return 0;
}
