#include "watch/outlets/alert_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "base/utf8.h"
#include "report/probe_words.h"
#include "watch/model/instant_text.h"

namespace astray::watch {
namespace {

constexpr size_t most_names_in_annotation = 20;

/// Well-formed, at most so many bytes, and never a part of a character.
std::string cut(std::string_view text, size_t most) {
  std::string whole = well_formed_utf8(text);
  if (whole.size() <= most) return whole;
  constexpr std::string_view more = "…";
  size_t end = 0;
  while (true) {
    const size_t size = utf8_at(whole, end).size;
    if (end + size > most - more.size()) break;
    end += size;
  }
  whole.resize(end);
  return whole.append(more);
}

/// An empty label is no label to Alertmanager.
void write_text(JsonWriter& json, std::string_view name, std::string_view text, size_t most) {
  if (!text.empty()) json.member(name, cut(text, most));
}

void write_labels(JsonWriter& json, const Problem& problem) {
  const auto label = [&json](std::string_view name, std::string_view value) {
    write_text(json, name, value, most_label_bytes);
  };
  json.key("labels").begin_object();
  label("alertname", alert_name(problem.kind));
  label("job", "astray-watch");
  label("kind", to_string(problem.kind));
  label("severity", to_string(problem.severity));
  label("problem", problem.id);
  label("from", problem.from);
  label("name", problem.to);
  json.end_object();
}

void write_annotations(JsonWriter& json, const Problem& problem) {
  const auto annotation = [&json](std::string_view name, std::string_view value) {
    write_text(json, name, value, most_annotation_bytes);
  };
  json.key("annotations").begin_object();
  annotation("summary", problem.sentence);
  annotation("description", problem.cause);
  annotation("next_step", problem.next_step);
  if (problem.acknowledged) annotation("acknowledged", remark_text(*problem.acknowledged));
  annotation("nodes", names_text(problem.nodes, most_names_in_annotation));
  annotation("names", names_text(problem.affected_names, most_names_in_annotation));
  json.end_object();
}

}  // namespace

std::string alert_name(ProblemKind kind) {
  std::string name = "Astray";
  bool begins_word = true;
  for (const char c : to_string(kind)) {
    if (c != '-') name += begins_word && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    begins_word = c == '-';
  }
  return name;
}

std::string alerts_json(std::span<const Alert> alerts) {
  std::string body;
  JsonWriter json(body);
  json.begin_array();
  for (const Alert& alert : alerts) {
    json.begin_object();
    write_labels(json, alert.problem);
    write_annotations(json, alert.problem);
    const Instant starts = alert.problem.opened.value_or(alert.problem.first_seen);
    json.member("startsAt", instant_text(starts));
    // A clock that was set back must not make an alert that ends before it starts: those are refused.
    json.member("endsAt", instant_text(std::max(alert.ends, starts)));
    json.end_object();
  }
  json.end_array();
  return body;
}

}  // namespace astray::watch
