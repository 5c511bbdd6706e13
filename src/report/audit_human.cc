#include <fmt/format.h>

#include "report/audit_formats.h"
#include "report/layout.h"
#include "report/printable.h"
#include "report/topology_words.h"

namespace astray {
namespace {

Role role_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return Role::error;
    case Severity::warning:
      return Role::warning;
    case Severity::info:
      return Role::info;
  }
  return Role::plain;
}

class FindingsWriter {
 public:
  FindingsWriter(const AuditOutcome& outcome, const HumanStyle& style, ByteSink& sink)
      : outcome_(outcome), style_(style), palette_(style.palette), sink_(sink) {}

  void write() {
    for (const Finding* finding : listed_findings(outcome_)) {
      if (!sink_.wanted()) return;
      write_finding(*finding);
    }
    write_left_out();
    write_summary();
  }

 private:
  void write_finding(const Finding& finding) {
    const Rule* rule = find_rule(finding.rule_id);
    const Role role = role_of(finding.severity);
    std::string text =
        palette_.paint(role, fmt::format("{}[{}]", to_string(finding.severity), finding.rule_id));
    if (rule != nullptr) text += ' ' + palette_.paint(Role::strong, rule->name);
    if (finding.waived) text += palette_.paint(Role::faint, " (waived)");
    text += '\n' + paragraph(printable_lines(finding.message), style_.columns, 2) + '\n';
    sink_.write(text);

    std::vector<Place> places{finding.place};
    places.insert(places.end(), finding.related.begin(), finding.related.end());
    sink_.write(excerpt(places, style_.source, outcome_.paths, style_.columns, palette_));

    if (!finding.answers.empty()) {
      Table table({"client", "status", "why", "what happens"});
      for (const PredictedAnswer& answer : finding.answers) {
        const bool refused = answer.status >= 400;
        table.add(
            {{printable(answer.client), Role::strong},
             {answer.status == 0 ? "-" : fmt::format("{}", answer.status), refused ? role : Role::plain},
             {std::string(to_string(answer.reason)), Role::faint},
             {printable(answer.expected)}});
      }
      sink_.write('\n' + table.text(style_.columns, 2, palette_));
    }
    write_fix(finding.fix);
    write_notes(finding);
    sink_.write("\n");
  }

  void write_fix(const Fix& fix) {
    if (fix.advice.empty() && fix.directives.empty()) return;
    std::string text = "\n  " + palette_.paint(Role::good, "fix:");
    const std::vector<std::string> lines = wrap(printable_lines(fix.advice), style_.columns - 7);
    for (size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? " " : "       ") + lines[i] + '\n';
    if (!fix.directives.empty()) {
      if (fix.place.known()) {
        const std::string what =
            fix.place.what.empty() ? "" : fmt::format("  ({})", printable(fix.place.what));
        text += "    " + palette_.paint(Role::place, "at " + outcome_.paths.of(fix.place)) + what + '\n';
      }
      std::string_view rest = fix.directives;
      while (!rest.empty()) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        text += "      " + palette_.paint(Role::code, printable(rest.substr(0, end))) + '\n';
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    }
    sink_.write(text);
  }

  void write_notes(const Finding& finding) {
    std::string notes;
    if (finding.waived) {
      notes += paragraph(fmt::format("waived: {}", printable(finding.waiver_reason)), style_.columns, 2);
    }
    if (finding.further > 0) {
      notes += fmt::format("  and {} of the same kind\n", count(finding.further, "further case"));
    }
    if (finding.confidence != Confidence::high) {
      notes += fmt::format("  confidence: {}\n", to_string(finding.confidence));
    }
    notes += palette_.paint(Role::faint, fmt::format("  more: astray explain {}", finding.rule_id)) + '\n';
    sink_.write('\n' + notes);
  }

  void write_left_out() {
    if (outcome_.report.left_out.empty() && outcome_.unread.empty()) return;
    sink_.write(palette_.paint(Role::warning, "left out") +
                " (could not be read or decided, so not audited):\n");
    for (const std::string& message : outcome_.unread)
      sink_.write(paragraph(printable(message), style_.columns, 2));
    for (const AuditReport::LeftOut& left_out : outcome_.report.left_out) {
      const std::string place = left_out.place.known() ? outcome_.paths.of(left_out.place) + ": " : "";
      sink_.write(paragraph(place + printable(left_out.message), style_.columns, 2));
    }
    sink_.write("\n");
  }

  void write_summary() {
    const FindingCounts counts = counts_of(outcome_.report);
    std::string text;
    if (counts.total() == 0) {
      text = palette_.paint(outcome_.complete ? Role::good : Role::warning,
                            outcome_.complete ? "no findings" : "no findings in what could be read");
    } else {
      const auto add = [&](size_t number, std::string_view what, Role role) {
        if (number == 0) return;
        if (!text.empty()) text += ", ";
        text += palette_.paint(role, what == "info" ? fmt::format("{} info", number) : count(number, what));
      };
      add(counts.errors, "error", Role::error);
      add(counts.warnings, "warning", Role::warning);
      add(counts.infos, "info", Role::info);
    }
    if (counts.waived > 0) text += fmt::format(", {} waived", counts.waived);
    text += '\n';
    for (const AuditReport::Input& input : outcome_.report.inputs) {
      text += fmt::format("  {}: {} {} ({}), {}, {}, {}, {}, {}\n",
                          printable(outcome_.paths.of(std::string_view(input.main_file))), input.server,
                          input.version, input.version_basis, count(input.listeners, "listener"),
                          count(input.virtual_hosts, "virtual host"), count(input.names, "name"),
                          count(input.certificates, "certificate"), count(input.back_edges, "back edge"));
    }
    sink_.write(text);
    write_ways();
  }

  /// The ways that join two configurations, and those of which nobody can say where they lead.
  void write_ways() {
    constexpr size_t most = 30;
    const Tiers& tiers = outcome_.report.tiers;
    const auto file = [&](size_t tier) {
      return printable(outcome_.paths.of(std::string_view(tiers.tiers[tier].file)));
    };
    std::string text;
    size_t told = 0;
    for (const Tiers::Way& way : tiers.ways) {
      if ((!way.to && way.candidates < 2) || way.to == way.from) continue;
      if (++told > most) continue;
      if (way.to) {
        text += fmt::format("  {} → {}: {} (joined by {})", file(way.from), file(*way.to), label_of(way),
                            to_string(way.joined_by));
        for (const std::string_view rule : rules_of(way.marks))
          text += ' ' + palette_.paint(role_of(*worst_of(way.marks)), rule);
      } else {
        text += palette_.paint(
            Role::warning,
            fmt::format("  {} → ?: {}: {} configurations listen there; --edge {}=CONFIG says which is meant",
                        file(way.from), label_of(way), way.candidates, printable(way.address)));
      }
      text += '\n';
    }
    if (told > most)
      text += fmt::format("  and {}; --format html draws them all\n", count(told - most, "further way"));
    sink_.write(text);
  }

  const AuditOutcome& outcome_;
  const HumanStyle& style_;
  const Palette& palette_;
  ByteSink& sink_;
};

}  // namespace

void write_audit_human(const AuditOutcome& outcome, const HumanStyle& style, ByteSink& sink) {
  FindingsWriter(outcome, style, sink).write();
}

}  // namespace astray
