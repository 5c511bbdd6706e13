// Two forms that continuous integration reads: JUnit's XML and GitHub's workflow commands.
#include <fmt/format.h>

#include <array>
#include <map>

#include "report/ci_text.h"
#include "report/layout.h"
#include "report/printable.h"
#include "report/probe_cell_json.h"
#include "report/probe_words.h"

namespace astray {
namespace {

/// Annotations are read in a narrow column.
constexpr size_t shown_cells = 3;

std::string details(const ProbeFinding& finding, const KeptEvidence& evidence) {
  std::string text = finding.sentence + '\n';
  size_t shown = 0;
  for (const uint64_t cell : finding.cells) {
    const KeptEvidence::Line* line = shown < shown_cells ? evidence.find(cell) : nullptr;
    if (line == nullptr) continue;
    text += fmt::format("cell {}: {}\n", cell, line->text);
    if (shown++ == 0) text += fmt::format("again: {}\n", line->command);
  }
  if (!finding.next_step.empty()) text += "next: " + finding.next_step + '\n';
  return text;
}

/// Whether several cells are needed to see it; the others show in the case of their own name.
bool across_cells(ProbeFindingKind kind) {
  return kind == ProbeFindingKind::coalescing_hazard || kind == ProbeFindingKind::parity ||
         kind == ProbeFindingKind::drift;
}

struct Counts {
  size_t tests = 0, failures = 0, errors = 0;
};

class Junit : public CellSink {
 public:
  Junit(const ProbeReport& report, ByteSink& sink) : report_(report), sink_(sink) {}

  void cell(const ProbeCell& cell) override {
    evidence_.keep(cell, report_);
    const ConnectionQuestion& connection = *cell.connection;
    const std::string node = fmt::format("{}://{}", to_string(connection.protocol), connection.node.text());
    const std::string name = cell.request->name.empty() ? "other names" : cell.request->name;
    Group& group = nodes_[node][fmt::format("{} {}", to_string(connection.use), name)];
    ++group.cells;
    if (is_misdirection(cell.verdict)) {
      ++group.misdirections;
      if (group.lines.size() < shown_lines)
        group.lines.push_back(evidence_line(cell) + "\n  " + cell.sentence);
    } else if (cell.verdict == CellVerdict::failed || cell.verdict == CellVerdict::could_not_tell) {
      ++group.untold;
      if (group.untold_lines.size() < shown_lines) group.untold_lines.push_back(evidence_line(cell));
    }
  }

  void finish(const ProbeSummary& summary) override {
    std::string suites;
    Counts all;
    for (const auto& [node, groups] : nodes_) suites += suite_of_node(node, groups, all);
    suites += suite_of_findings(summary, all);
    suites += suite_of_run(summary, all);
    sink_.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    sink_.write(
        fmt::format("<testsuites name=\"astray\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\">\n",
                    all.tests, all.failures, all.errors));
    sink_.write(suites);
    sink_.write("</testsuites>\n");
  }

 private:
  static constexpr size_t shown_lines = 5;
  struct Group {
    uint64_t cells = 0, misdirections = 0, untold = 0;
    std::vector<std::string> lines, untold_lines;
  };

  static std::string joined(const std::vector<std::string>& lines, uint64_t of) {
    std::string text;
    for (const std::string& line : lines) text += line + '\n';
    if (of > lines.size()) text += fmt::format("and {} more\n", of - lines.size());
    return text;
  }

  static std::string suite(std::string_view name, const std::string& cases, const Counts& own, Counts& all) {
    all.tests += own.tests;
    all.failures += own.failures;
    all.errors += own.errors;
    return fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\">\n{}  "
        "</testsuite>\n",
        xml_text(name), own.tests, own.failures, own.errors, cases);
  }

  static std::string suite_of_node(const std::string& node, const std::map<std::string, Group>& groups,
                                   Counts& all) {
    std::string cases;
    Counts own;
    for (const auto& [name, group] : groups) {
      ++own.tests;
      cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\">\n", xml_text(node), xml_text(name));
      if (group.misdirections > 0) {
        ++own.failures;
        cases += fmt::format(
            "      <failure type=\"misdirection\" message=\"{}\">{}</failure>\n",
            xml_text(fmt::format("{} of {} went astray", group.misdirections, count(group.cells, "cell"))),
            xml_text(joined(group.lines, group.misdirections)));
      } else if (group.untold > 0) {
        // Never a pass: what was not told may be anything.
        ++own.errors;
        cases += fmt::format(
            "      <error type=\"no-evidence\" message=\"{}\">{}</error>\n",
            xml_text(fmt::format("{} of {} say nothing", group.untold, count(group.cells, "cell"))),
            xml_text(joined(group.untold_lines, group.untold)));
      }
      cases += "    </testcase>\n";
    }
    return suite(node, cases, own, all);
  }

  std::string suite_of_findings(const ProbeSummary& summary, Counts& all) const {
    std::string cases;
    Counts own;
    for (const ProbeFinding& finding : summary.findings) {
      if (!across_cells(finding.kind)) continue;
      ++own.tests;
      cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\">\n", rule_id(finding.kind),
                           xml_text(pair_text(finding.from, finding.to)));
      if (finding.severity == ProbeSeverity::info) {
        cases += fmt::format("      <system-out>{}</system-out>\n", xml_text(details(finding, evidence_)));
      } else {
        ++own.failures;
        cases += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                             to_string(finding.severity), xml_text(finding.sentence),
                             xml_text(details(finding, evidence_)));
      }
      cases += "    </testcase>\n";
    }
    return cases.empty() ? "" : suite("findings across cells", cases, own, all);
  }

  /// A report of a run that did not end, or asked nothing, must not look like a pass.
  static std::string suite_of_run(const ProbeSummary& summary, Counts& all) {
    std::string cases;
    Counts own;
    const auto error = [&](std::string_view name, std::string_view message) {
      ++own.tests;
      ++own.errors;
      cases += fmt::format(
          "    <testcase classname=\"astray.run\" name=\"{}\">\n      <error message=\"{}\"/>\n    "
          "</testcase>\n",
          name, message);
    };
    if (summary.interrupted) error("interrupted", "the run was interrupted");
    if (summary.cells == 0) error("empty", "no cell was asked");
    return cases.empty() ? "" : suite("run", cases, own, all);
  }

  const ProbeReport& report_;
  ByteSink& sink_;
  KeptEvidence evidence_;
  std::map<std::string, std::map<std::string, Group>> nodes_;
};

class Github : public CellSink {
 public:
  Github(const ProbeReport& report, ByteSink& sink) : report_(report), sink_(sink) {}

  void cell(const ProbeCell& cell) override { evidence_.keep(cell, report_); }

  void finish(const ProbeSummary& summary) override {
    for (const ProbeFinding& finding : summary.findings) {
      const std::string_view command = finding.severity == ProbeSeverity::error     ? "error"
                                       : finding.severity == ProbeSeverity::warning ? "warning"
                                                                                    : "notice";
      annotate(command, fmt::format("{} {}", rule_id(finding.kind), pair_text(finding.from, finding.to)),
               details(finding, evidence_));
    }
    if (summary.interrupted) annotate("warning", "interrupted", "The run was interrupted.");
    if (summary.cells == summary.count(CellVerdict::failed))
      annotate("error", "no evidence", "Nothing was answered.");
    for (const std::string& note : summary.notes) annotate("notice", "note", note);
  }

 private:
  void annotate(std::string_view command, std::string_view title, std::string_view message) {
    sink_.write(fmt::format("::{} title={}::{}\n", command,
                            workflow_command_text(title, CommandPart::property),
                            workflow_command_text(printable_lines(message), CommandPart::message)));
  }

  const ProbeReport& report_;
  ByteSink& sink_;
  KeptEvidence evidence_;
};

}  // namespace

std::unique_ptr<CellSink> probe_junit(const ProbeReport& report, ByteSink& sink) {
  return std::make_unique<Junit>(report, sink);
}

std::unique_ptr<CellSink> probe_github(const ProbeReport& report, ByteSink& sink) {
  return std::make_unique<Github>(report, sink);
}

}  // namespace astray
