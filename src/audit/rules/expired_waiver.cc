#include <chrono>

#include <fmt/format.h>

#include "audit/context.h"
#include "audit/rules/rules.h"

namespace astray::rules::expired_waiver {
namespace {

std::string day_text(Instant instant) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(instant.unix_seconds))));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

void check(const AuditContext& context, std::vector<Finding>& findings) {
  for (const Waiver& waiver : context.waivers.all()) {
    if (!waiver.expired_at(context.topology.now())) continue;
    Finding finding;
    finding.rule_id = "AST017";
    finding.severity = Severity::warning;
    finding.confidence = Confidence::high;
    if (!waiver.names.empty()) finding.from_name = waiver.names.front();
    if (waiver.names.size() > 1) finding.to_name = waiver.names[1];
    const Rule* waived = find_rule(waiver.rule);
    finding.message = fmt::format(
        "The waiver of {} ({}) for {} expired on {}: what it covered is reported again. Its owner is "
        "{}, its reason was: {}",
        waiver.rule, waived == nullptr ? "" : waived->name,
        waiver.names.empty() ? "every name" : fmt::format("{}", fmt::join(waiver.names, ", ")),
        day_text(*waiver.expires), waiver.owner, waiver.reason);
    finding.place = {context.waivers.file_name(), waiver.line, 0, "waiver of " + waiver.rule};
    finding.fix.advice = "Mend what it waived and delete the entry, or have its owner agree to a new date.";
    finding.fix.place = finding.place;
    findings.push_back(std::move(finding));
  }
}

}  // namespace

const Rule rule = {
    .id = "AST017",
    .name = "expired-waiver",
    .severity = Severity::warning,
    .confidence = Confidence::high,
    .summary = "an entry of the waiver file is past its date",
    .check = check,
};

}  // namespace astray::rules::expired_waiver
