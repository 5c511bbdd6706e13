#include <fmt/format.h>

#include "report/comparison_formats.h"
#include "report/layout.h"
#include "report/printable.h"

namespace astray {
namespace {

std::string or_nothing(std::string_view text) {
  return text.empty() ? "-" : printable(text);
}

}  // namespace

bool differs(const TopologyComparison& comparison) {
  return !comparison.differences.empty() || !comparison.lone_ports.empty() || !comparison.only_in_a.empty() ||
         !comparison.only_in_b.empty();
}

void write_comparison_human(const ComparisonOutcome& outcome, const Palette& palette, int columns,
                            ByteSink& sink) {
  const TopologyComparison& comparison = outcome.comparison;
  sink.write(fmt::format("A is {}, B is {}\n\n", palette.paint(Role::place, printable(outcome.name_a)),
                         palette.paint(Role::place, printable(outcome.name_b))));
  for (const TopologyComparison::LonePort& lone : comparison.lone_ports)
    sink.write(palette.paint(Role::warning, fmt::format("port {}: only {} listens there for clients, for {}",
                                                        lone.port.number(), lone.in_a ? "A" : "B",
                                                        count(lone.names, "name"))) +
               "\n\n");
  for (const NameDifference& difference : comparison.differences) {
    if (!sink.wanted()) return;
    std::string text = palette.paint(
        Role::strong, fmt::format("{}:{}", printable(difference.name), difference.port.number()));
    text += '\n';
    for (const NameDifference::Fact& fact : difference.facts) {
      text += "  " + palette.paint(Role::faint, to_string(fact.fact)) + '\n';
      text += paragraph("A: " + or_nothing(fact.a), columns, 4) +
              paragraph("B: " + or_nothing(fact.b), columns, 4);
    }
    const auto place = [&](const Place& at) {
      return at.known() ? palette.paint(Role::place, outcome.paths.of(at)) : std::string("-");
    };
    text += fmt::format("  {}\n    A: {}\n    B: {}\n", palette.paint(Role::faint, "configured at"),
                        place(difference.place_a), place(difference.place_b));
    sink.write(text + '\n');
  }
  const auto findings = [&](const std::vector<Finding>& only, std::string_view side) {
    for (const Finding& finding : only) {
      std::string text = palette.paint(
          Role::strong,
          fmt::format("only in {}: {}[{}]", side, to_string(finding.severity), finding.rule_id));
      if (finding.place.known()) text += ' ' + palette.paint(Role::place, outcome.paths.of(finding.place));
      sink.write(text + '\n' + paragraph(printable_lines(finding.message), columns, 2) + '\n');
    }
  };
  findings(comparison.only_in_a, "A");
  findings(comparison.only_in_b, "B");
  for (const std::string& message : outcome.unread)
    sink.write(paragraph("left out: " + printable(message), columns, 0));

  const size_t different = comparison.differences.size() + comparison.further_differences;
  std::string text = palette.paint(
      differs(comparison) ? Role::warning : Role::good,
      different == 0
          ? fmt::format("{}: every predicted answer is the same", count(comparison.names, "name"))
          : fmt::format("{} of {} predicted otherwise", different, count(comparison.names, "name")));
  if (comparison.further_differences > 0)
    text += fmt::format(", {} of them not listed", comparison.further_differences);
  if (!comparison.only_in_a.empty())
    text += fmt::format("; {} only in A", count(comparison.only_in_a.size(), "finding"));
  if (!comparison.only_in_b.empty())
    text += fmt::format("; {} only in B", count(comparison.only_in_b.size(), "finding"));
  if (!outcome.complete) text += "; a part could not be read, so more may differ";
  sink.write(text + '\n');
}

}  // namespace astray
