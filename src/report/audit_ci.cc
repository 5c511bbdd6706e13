// Two forms that continuous integration reads: JUnit's XML and GitHub's workflow commands.
#include <fmt/format.h>

#include <map>

#include "report/audit_formats.h"
#include "report/ci_text.h"
#include "report/printable.h"

namespace astray {
namespace {

std::string details(const Finding& finding, const ShownPaths& paths) {
  std::string text = finding.message + '\n';
  for (const Place& place : finding.related)
    text += fmt::format("see {} ({})\n", paths.of(place), place.what);
  for (const PredictedAnswer& answer : finding.answers) {
    text += fmt::format("{}: {}{}\n", answer.client, answer.expected,
                        answer.status == 0 ? "" : fmt::format(" [{}]", answer.status));
  }
  if (!finding.fix.advice.empty()) text += "fix: " + finding.fix.advice + '\n';
  if (!finding.fix.directives.empty()) text += finding.fix.directives + '\n';
  return text;
}

std::string title_of(const Finding& finding) {
  std::string title = finding.from_name;
  if (!finding.to_name.empty()) title += " -> " + finding.to_name;
  return title;
}

}  // namespace

void write_audit_junit(const AuditOutcome& outcome, ByteSink& sink) {
  std::map<std::string_view, std::vector<const Finding*>> by_rule;
  for (const Finding* finding : listed_findings(outcome)) by_rule[finding->rule_id].push_back(finding);

  std::string suites;
  size_t tests = 0;
  size_t failures = 0;
  size_t skipped = 0;
  for (const Rule* rule : all_rules()) {
    const std::vector<const Finding*>& findings = by_rule[rule->id];
    std::string cases;
    size_t failed = 0;
    size_t waived = 0;
    for (const Finding* finding : findings) {
      cases +=
          fmt::format("    <testcase classname=\"{}.{}\" name=\"{}\" file=\"{}\" line=\"{}\">\n",
                      xml_text(rule->id), xml_text(rule->name), xml_text(title_of(*finding)),
                      xml_text(outcome.paths.of(std::string_view(finding->place.file))), finding->place.line);
      if (finding->waived) {
        ++waived;
        cases +=
            fmt::format("      <skipped message=\"{}\"/>\n", xml_text("waived: " + finding->waiver_reason));
      } else {
        ++failed;
        cases += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                             to_string(finding->severity), xml_text(finding->message),
                             xml_text(details(*finding, outcome.paths)));
      }
      cases += "    </testcase>\n";
    }
    if (findings.empty()) {
      cases = fmt::format("    <testcase classname=\"{0}.{1}\" name=\"{1}\"/>\n", xml_text(rule->id),
                          xml_text(rule->name));
    }
    const size_t count_of_cases = findings.empty() ? 1 : findings.size();
    suites += fmt::format(
        "  <testsuite name=\"{} {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}  "
        "</testsuite>\n",
        xml_text(rule->id), xml_text(rule->name), count_of_cases, failed, waived, cases);
    tests += count_of_cases;
    failures += failed;
    skipped += waived;
  }

  // What could not be read is a suite of errors: a report without failures must not look like a pass.
  std::string unread;
  size_t errors = 0;
  const auto add_unread = [&](const std::string& place, const std::string& message) {
    ++errors;
    unread += fmt::format(
        "    <testcase classname=\"astray.reading\" name=\"{}\">\n      <error message=\"{}\"/>\n    "
        "</testcase>\n",
        xml_text(place), xml_text(message));
  };
  for (const AuditReport::LeftOut& left_out : outcome.report.left_out) {
    const std::string place = left_out.place.known() ? outcome.paths.of(left_out.place) : "configuration";
    add_unread(place, left_out.message);
  }
  for (const std::string& message : outcome.unread) add_unread("configuration", message);
  if (errors > 0) {
    suites += fmt::format(
        "  <testsuite name=\"reading\" tests=\"{0}\" failures=\"0\" errors=\"{0}\" skipped=\"0\">\n{1}  "
        "</testsuite>\n",
        errors, unread);
  }
  sink.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  sink.write(
      fmt::format("<testsuites name=\"astray\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
                  tests + errors, failures, errors, skipped));
  sink.write(suites);
  sink.write("</testsuites>\n");
}

void write_audit_github(const AuditOutcome& outcome, ByteSink& sink) {
  const auto annotate = [&](std::string_view command, const Place& place, std::string_view title,
                            std::string_view message) {
    std::string line = fmt::format("::{} ", command);
    if (place.known()) {
      const std::string file(outcome.paths.of(std::string_view(place.file)));
      line += fmt::format("file={},", workflow_command_text(file, CommandPart::property));
      if (place.line > 0) line += fmt::format("line={},", place.line);
    }
    line += fmt::format("title={}::{}\n", workflow_command_text(title, CommandPart::property),
                        workflow_command_text(message, CommandPart::message));
    sink.write(line);
  };
  for (const Finding* finding : listed_findings(outcome)) {
    if (!sink.wanted()) return;
    const std::string_view command = finding->waived                          ? "notice"
                                     : finding->severity == Severity::error   ? "error"
                                     : finding->severity == Severity::warning ? "warning"
                                                                              : "notice";
    const Rule* rule = find_rule(finding->rule_id);
    const std::string title = fmt::format("{}{}{}", finding->rule_id, rule == nullptr ? "" : " ",
                                          rule == nullptr ? "" : rule->name);
    annotate(command, finding->place, finding->waived ? title + " (waived)" : title,
             printable_lines(details(*finding, outcome.paths)));
  }
  for (const AuditReport::LeftOut& left_out : outcome.report.left_out) {
    annotate("warning", left_out.place, "not audited", printable_lines(left_out.message));
  }
  for (const std::string& message : outcome.unread)
    annotate("error", {}, "not read", printable_lines(message));
}

}  // namespace astray
