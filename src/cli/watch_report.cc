#include "cli/watch_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/json_writer.h"
#include "report/ci_text.h"
#include "report/layout.h"
#include "report/printable.h"
#include "report/probe_words.h"
#include "watch/model/instant_text.h"
#include "watch/model/problem_json.h"
#include "watch/model/silence.h"

namespace astray {
namespace {

using watch::Problem;
using watch::WatchState;

constexpr int indent = 2;
constexpr size_t most_listed = 8;

Role role_of_severity(watch::Severity severity) {
  switch (severity) {
    case watch::Severity::error:
      return Role::error;
    case watch::Severity::warning:
      return Role::warning;
    case watch::Severity::info:
      return Role::info;
  }
  return Role::plain;
}

std::string subject_of(const Problem& problem) {
  std::string subject = problem.to.empty() ? std::string() : pair_text(problem.from == problem.to ? "" : problem.from, problem.to);
  if (!problem.nodes.empty())
    subject += fmt::format("{}{}", subject.empty() ? "" : " on ", names_text(problem.nodes, most_listed));
  return subject;
}

std::string numbers_of(const watch::RoundRecord& round) {
  std::string text = fmt::format("{} asked on {}", count(round.cells, "cell"), count(round.nodes.size(), "node"));
  if (round.cells < round.cells_of_whole) text += fmt::format(" (of {} in all)", round.cells_of_whole);
  if (round.failed > 0) text += fmt::format(", {} without an answer", round.failed);
  return text;
}

void write_human_problem(const Problem& problem, ConsoleStream& out) {
  Output& to = out.output;
  to.write(fmt::format("{}  {}  {}\n", out.palette.paint(role_of_severity(problem.severity), to_string(problem.severity)),
                       out.palette.paint(Role::strong, to_string(problem.kind)), printable(subject_of(problem))));
  to.write(paragraph(printable(problem.sentence), out.columns, indent));
  if (!problem.cause.empty()) to.write(paragraph("why: " + printable(problem.cause), out.columns, indent));
  if (!problem.next_step.empty()) to.write(paragraph("next: " + printable(problem.next_step), out.columns, indent));
  if (problem.affected_names.size() > 1)
    to.write(paragraph("names: " + names_text(problem.affected_names, most_listed), out.columns, indent));
  to.write("\n");
}

void write_human(const WatchState& state, ConsoleStream& out) {
  const std::vector<const Problem*> problems = open_problems(state);
  for (const Problem* problem : problems) write_human_problem(*problem, out);
  for (const std::string& trouble : state.troubles)
    out.output.write(fmt::format("{}  {}\n", out.palette.paint(Role::warning, "could not tell"), printable(trouble)));
  if (state.last_round == nullptr) return;
  out.output.write(fmt::format("{}: {}\n",
                               problems.empty() ? out.palette.paint(Role::good, "no problem")
                                                : count(problems.size(), "problem"),
                               numbers_of(*state.last_round)));
}

void write_round_members(JsonWriter& json, const WatchState& state) {
  json.member("astray_version", state.version);
  const watch::RoundRecord& round = *state.last_round;
  json.key("round").begin_object();
  json.key("number").number(static_cast<int64_t>(round.number));
  json.member("began", watch::instant_text(round.began));
  json.key("took_ms").number(std::chrono::duration_cast<std::chrono::milliseconds>(round.took).count());
  json.key("cells").number(static_cast<int64_t>(round.cells));
  json.key("failed").number(static_cast<int64_t>(round.failed));
  json.key("cells_of_whole").number(static_cast<int64_t>(round.cells_of_whole));
  json.end_object();
  json.key("nodes").begin_array();
  for (const std::string& node : state.nodes) json.string(node);
  json.end_array();
  json.key("troubles").begin_array();
  for (const std::string& trouble : state.troubles) json.string(trouble);
  json.end_array();
}

void write_json(const WatchState& state, ConsoleStream& out) {
  std::string text;
  JsonWriter json(text, JsonWriter::Layout::indented);
  json.begin_object();
  write_round_members(json, state);
  json.key("problems").begin_array();
  for (const Problem* problem : open_problems(state)) {
    json.begin_object();
    watch::write_problem_members(json, *problem);
    json.end_object();
  }
  json.end_array().end_object();
  out.output.write(text + "\n");
}

void write_jsonl(const WatchState& state, ConsoleStream& out) {
  for (const Problem* problem : open_problems(state)) {
    std::string line;
    JsonWriter json(line);
    json.begin_object().member("type", "problem");
    watch::write_problem_members(json, *problem);
    json.end_object();
    out.output.write(line + "\n");
  }
  std::string line;
  JsonWriter json(line);
  json.begin_object().member("type", "round");
  write_round_members(json, state);
  json.end_object();
  out.output.write(line + "\n");
}

std::string whole_text(const Problem& problem) {
  std::string text = problem.sentence;
  if (!problem.cause.empty()) text += "\nwhy: " + problem.cause;
  if (!problem.next_step.empty()) text += "\nnext: " + problem.next_step;
  return text;
}

/// A test case for each kind of problem: those that are not there have passed.
void write_junit(const WatchState& state, ConsoleStream& out) {
  const std::vector<const Problem*> problems = open_problems(state);
  std::string cases;
  size_t tests = 0, failures = 0;
  for (auto kind = watch::ProblemKind::nothing_answers; kind <= watch::ProblemKind::refusals_rising;
       kind = static_cast<watch::ProblemKind>(static_cast<int>(kind) + 1)) {
    std::string failed;
    for (const Problem* problem : problems) {
      if (problem->kind != kind) continue;
      failed += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", to_string(problem->severity),
                            xml_text(fmt::format("{}: {}", subject_of(*problem), problem->sentence)),
                            xml_text(whole_text(*problem)));
    }
    ++tests;
    failures += failed.empty() ? 0 : 1;
    cases += fmt::format("    <testcase classname=\"astray.watch\" name=\"{}\"{}", to_string(kind),
                         failed.empty() ? "/>\n" : ">\n" + failed + "    </testcase>\n");
  }
  std::string errors;
  for (const std::string& trouble : state.troubles)
    errors += fmt::format("      <error type=\"could-not-tell\" message=\"{}\"/>\n", xml_text(trouble));
  ++tests;
  cases += fmt::format("    <testcase classname=\"astray.watch\" name=\"evidence\"{}",
                       errors.empty() ? "/>\n" : ">\n" + errors + "    </testcase>\n");
  out.output.write(fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"astray watch\" tests=\"{}\" "
      "failures=\"{}\" errors=\"{}\">\n{}  </testsuite>\n</testsuites>\n",
      tests, failures, errors.empty() ? 0 : 1, cases));
}

void write_github(const WatchState& state, ConsoleStream& out) {
  const auto command = [&](std::string_view level, std::string_view title, const std::string& message) {
    out.output.write(fmt::format("::{} title={}::{}\n", level, workflow_command_text(title, CommandPart::property),
                                 workflow_command_text(message, CommandPart::message)));
  };
  for (const Problem* problem : open_problems(state)) {
    const std::string_view level = problem->severity == watch::Severity::info ? "notice" : to_string(problem->severity);
    command(level, fmt::format("{} {}", to_string(problem->kind), subject_of(*problem)), whole_text(*problem));
  }
  for (const std::string& trouble : state.troubles) command("warning", "could not tell", trouble);
}

}  // namespace

std::vector<const Problem*> open_problems(const WatchState& state) {
  std::vector<const Problem*> open;
  for (const Problem& problem : state.problems) {
    // What troubles the watcher itself is told as that.
    if (problem.state == watch::ProblemState::open && problem.kind != watch::ProblemKind::watcher_impaired)
      open.push_back(&problem);
  }
  std::stable_sort(open.begin(), open.end(),
                   [](const Problem* a, const Problem* b) { return a->severity > b->severity; });
  return open;
}

void write_watch_round(const WatchState& state, std::string_view format, ConsoleStream& out) {
  if (format == "json") return write_json(state, out);
  if (format == "jsonl") return write_jsonl(state, out);
  if (format == "junit") return write_junit(state, out);
  if (format == "github") return write_github(state, out);
  write_human(state, out);
}

void write_watch_event(const watch::ProblemEvent& event, std::string_view format, ConsoleStream& out) {
  const Problem& problem = event.problem;
  if (format == "jsonl") {
    std::string line;
    JsonWriter json(line);
    json.begin_object().member("type", "event");
    watch::write_event_members(json, event);
    json.end_object();
    out.output.write(line + "\n");
    out.output.flush();
    return;
  }
  const bool is_there = event.step == watch::ProblemStep::opened || event.step == watch::ProblemStep::unsilenced;
  const Role role = is_there ? role_of_severity(problem.severity) : Role::good;
  out.output.write(fmt::format("{}  {}  {}  {}: {}\n", watch::instant_text(event.at),
                               out.palette.paint(role, to_string(event.step)), to_string(problem.kind),
                               printable(subject_of(problem)), printable(problem.sentence)));
  if (event.step == watch::ProblemStep::opened && !problem.cause.empty())
    out.output.write(paragraph("why: " + printable(problem.cause), out.columns, indent));
  if (event.step == watch::ProblemStep::opened && !problem.next_step.empty())
    out.output.write(paragraph("next: " + printable(problem.next_step), out.columns, indent));
  if (const std::string said = watch::what_people_said(event); !said.empty())
    out.output.write(paragraph(printable(said), out.columns, indent));
  out.output.flush();
}

}  // namespace astray
