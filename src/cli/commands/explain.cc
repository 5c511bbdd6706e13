#include <fmt/format.h>

#include "audit/rule.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/parse.h"
#include "report/markdown.h"
#include "report/printable.h"
#include "verdict/reason.h"

namespace astray {
namespace {

constexpr Operand operands[] = {
    {.name = "ID",
     .help = "A rule, by id (AST006) or name, or a reason (certificate-gap).",
     .kind = ValueKind::rule_or_reason},
};

constexpr Example examples[] = {
    {"astray explain certificate-gap", "Read what a reason means and what to do about it."},
    {"astray explain AST006", "Read what a rule finds, when it stays silent, and how to fix what it finds."},
};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "the page was printed"},
    {ExitCode::failure, "there is no rule and no reason of that id"},
};

constexpr std::string_view see_also[] = {"list", "audit"};

std::string_view find_page(std::string_view id) {
  for (const Rule* rule : all_rules()) {
    if (rule->id == id || rule->name == id) return page(*rule);
  }
  if (const std::optional<Reason> reason = find_reason(id)) return page(*reason);
  return {};
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

ExitCode run(const Arguments& arguments, Console& console) {
  const std::string& asked = arguments.operands().front();
  // Ids of rules are written in capitals, and typed as they come.
  std::string id = asked;
  if (find_rule(id) == nullptr) {
    for (char& c : id) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (find_rule(id) == nullptr) id = asked;
  }
  std::string text(find_page(id));
  if (text.empty()) text = short_page(id);
  if (text.empty()) {
    std::vector<std::string_view> known;
    for (const Rule* rule : all_rules()) {
      known.push_back(rule->id);
      known.push_back(rule->name);
    }
    for (const ReasonInfo& reason : all_reasons()) known.push_back(reason.id);
    return console.fail(
        fmt::format("'{}' is neither a rule nor a reason{}\nastray list rules and astray list reasons show "
                    "them all",
                    printable(asked), did_you_mean(asked, known)));
  }
  const bool rendered = console.out.terminal || console.out.palette.colours();
  console.out.output.write(rendered ? render_markdown(text, console.out.columns, console.out.palette) : text);
  return ExitCode::success;
}

}  // namespace

constinit const Command explain_command = {
    .name = "explain",
    .summary = "print the page of a rule or a reason",
    .description =
        "Every rule that astray audit reports by, and every reason that stands in a prediction, has a page: "
        "what it "
        "means, when it comes up, how to see it, and what to do. On a terminal the page is laid out; "
        "elsewhere it is "
        "printed as the Markdown that it is.",
    .operands = operands,
    .options = {},
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray
