#include "cli/history_report.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "report/layout.h"
#include "report/printable.h"
#include "report/probe_words.h"
#include "watch/model/instant_text.h"
#include "watch/model/problem_json.h"
#include "watch/model/silence.h"

namespace astray {
namespace {

using watch::AnswerChange;
using watch::History;
using watch::ProblemEvent;
using watch::Span;

constexpr int history_indent = 2;
constexpr size_t most_nodes_shown = 8;

Role role_of_step(watch::ProblemStep step) {
  if (is_end(step)) return Role::good;
  return step == watch::ProblemStep::acknowledged || step == watch::ProblemStep::silenced ? Role::faint : Role::error;
}

void write_present(const History& history, ConsoleStream& out) {
  Table table({"since", "until", "node", "asked", "answer"});
  for (const Span& span : history.present)
    table.add({{watch::instant_text(span.first)},
               {watch::instant_text(span.last)},
               {printable(span.key.node)},
               {watch::way_text(span.key)},
               {printable(watch::answer_text(span.answer)), role_of(span.answer.verdict)}});
  out.output.write(table.text(out.columns, history_indent, out.palette));
}

void write_change(const AnswerChange& change, ConsoleStream& out) {
  out.output.write(fmt::format("{}  {}  {}\n", watch::instant_text(change.at),
                               out.palette.paint(role_of(change.now.verdict), printable(watch::answer_text(change.now))),
                               names_text(change.nodes, most_nodes_shown)));
  std::string asked = "asked over ";
  for (size_t i = 0; i < change.ways.size(); ++i) asked += (i == 0 ? "" : "; ") + change.ways[i];
  out.output.write(paragraph(asked, out.columns, history_indent));
  out.output.write(paragraph(change.before ? "changed: " + printable(watch::change_text(*change.before, change.now))
                                           : std::string("the first answer that is kept"),
                             out.columns, history_indent));
  if (!change.sentence.empty())
    out.output.write(paragraph(printable(change.sentence), out.columns, history_indent));
}

void write_told(const ProblemEvent& event, ConsoleStream& out) {
  const watch::Problem& problem = event.problem;
  out.output.write(fmt::format("{}  {}  {} {}  {}\n", watch::instant_text(event.at),
                               out.palette.paint(role_of_step(event.step), fmt::format("problem {}", to_string(event.step))),
                               to_string(problem.severity), to_string(problem.kind),
                               names_text(problem.nodes, most_nodes_shown)));
  out.output.write(paragraph(printable(problem.sentence), out.columns, history_indent));
  if (!problem.cause.empty())
    out.output.write(paragraph("why: " + printable(problem.cause), out.columns, history_indent));
  if (const std::string said = watch::what_people_said(event); !said.empty())
    out.output.write(paragraph(printable(said), out.columns, history_indent));
}

void write_human_history(const History& history, HistoryPart part, ConsoleStream& out) {
  const auto& question = history.question;
  const std::string subject = question.from == question.to
                                  ? fmt::format("{}, its own answers", printable(question.to))
                                  : fmt::format("{} asked for on connections opened for {}", printable(question.to),
                                                printable(question.from));
  out.output.write(out.palette.paint(Role::strong, subject) + "\n\n");
  if (part == HistoryPart::all) {
    write_present(history, out);
    out.output.write("\ntime line, the newest first\n\n");
  }
  size_t told = 0;
  const auto write_events_until = [&](int64_t at) {
    for (; told < history.events.size() && history.events[told].at.unix_seconds >= at; ++told)
      write_told(history.events[told], out);
  };
  if (part == HistoryPart::all) {
    for (const AnswerChange& change : history.changes) {
      write_events_until(change.at.unix_seconds);
      write_change(change, out);
    }
  }
  write_events_until(INT64_MIN);
  if (history.events.empty()) out.output.write(out.palette.paint(Role::good, "no problem was told of it") + "\n");
  if (!history.whole) out.output.write("older entries are left out: narrow it down with --since, --until or --node\n");
}

void write_optional_text(JsonWriter& json, std::string_view name, const std::optional<std::string>& text) {
  json.key(name);
  text ? json.string(*text) : json.null();
}

void write_optional_time(JsonWriter& json, std::string_view name, const std::optional<Instant>& time) {
  json.key(name);
  time ? json.string(watch::instant_text(*time)) : json.null();
}

void write_question_members(JsonWriter& json, const History& history) {
  json.member("from", history.question.from).member("to", history.question.to);
  write_optional_text(json, "node", history.question.node);
  write_optional_time(json, "since", history.question.since);
  write_optional_time(json, "until", history.question.until);
  json.key("whole").boolean(history.whole);
}

void write_span_members(JsonWriter& json, const Span& span) {
  write_optional_time(json, "first", span.first);
  write_optional_time(json, "last", span.last);
  json.key("rounds").number(static_cast<int64_t>(span.rounds));
  watch::CellRecord cell;
  cell.key = span.key;
  cell.answer = span.answer;
  cell.sentence = span.sentence;
  watch::write_cell_members(json, cell);
  json.key("evidence");
  span.evidence.empty() ? json.null() : json.raw(span.evidence);
}

void write_json_history(const History& history, HistoryPart part, ConsoleStream& out) {
  std::string text;
  JsonWriter json(text, JsonWriter::Layout::indented);
  json.begin_object();
  write_question_members(json, history);
  json.key("spans").begin_array();
  if (part == HistoryPart::all) {
    for (const Span& span : history.spans) {
      json.begin_object();
      write_span_members(json, span);
      json.end_object();
    }
  }
  json.end_array().key("events").begin_array();
  for (const ProblemEvent& event : history.events) {
    json.begin_object();
    watch::write_event_members(json, event);
    json.end_object();
  }
  json.end_array().end_object();
  out.output.write(text + "\n");
}

template <typename WriteMembers>
void write_line(std::string_view type, ConsoleStream& out, WriteMembers write_members) {
  std::string line;
  JsonWriter json(line);
  json.begin_object().member("type", type);
  write_members(json);
  json.end_object();
  out.output.write(line + "\n");
}

void write_jsonl_history(const History& history, HistoryPart part, ConsoleStream& out) {
  write_line("question", out, [&](JsonWriter& json) { write_question_members(json, history); });
  if (part == HistoryPart::all)
    for (const Span& span : history.spans)
      write_line("span", out, [&](JsonWriter& json) { write_span_members(json, span); });
  for (const ProblemEvent& event : history.events)
    write_line("event", out, [&](JsonWriter& json) { watch::write_event_members(json, event); });
}

}  // namespace

void write_history(const watch::History& history, HistoryPart part, std::string_view format, ConsoleStream& out) {
  if (format == "json") return write_json_history(history, part, out);
  if (format == "jsonl") return write_jsonl_history(history, part, out);
  write_human_history(history, part, out);
}

}  // namespace astray
