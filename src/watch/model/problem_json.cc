#include "watch/model/problem_json.h"

#include <algorithm>

#include "report/probe_words.h"
#include "watch/model/instant_text.h"
#include "watch/model/json_words.h"

namespace astray::watch {

void write_answer_members(JsonWriter& json, const CellAnswer& answer) {
  json.member("verdict", to_string(answer.verdict)).member("reason", to_string(answer.reason));
  write_text(json, "failure",
             answer.failure == ProbeFailure::none ? std::string_view() : to_string(answer.failure));
  json.member("agreement", to_string(answer.agreement));
  json.key("status");
  answer.status == 0 ? json.null() : json.number(answer.status);
  write_text(json, "protocol", answer.protocol);
  write_text(json, "certificate", answer.certificate);
  json.key("certificate_covers").boolean(answer.certificate_covers);
  json.key("client_certificate_requested").boolean(answer.client_certificate_requested);
  json.member("trust", to_string(answer.trust));
  write_text(json, "answered_as", answer.answered_as);
  write_text(json, "answered_by", answer.answered_by);
  write_text(json, "difference", answer.difference);
  write_text(json, "source", answer.source);
}

void write_cell_members(JsonWriter& json, const CellRecord& cell) {
  json.member("node", cell.key.node);
  write_text(json, "sni", cell.key.sni);
  write_text(json, "authority", cell.key.authority);
  json.member("alpn", to_string(cell.key.alpn)).member("connection", to_string(cell.key.use));
  write_number(json, "client_certificate", cell.key.client_certificate);
  write_answer_members(json, cell.answer);
  json.member("sentence", cell.sentence);
}

void write_remark(JsonWriter& json, const Remark& remark) {
  write_instant(json, "at", remark.at);
  json.member("by", remark.by);
  write_text(json, "why", remark.why);
}

void write_remark_members(JsonWriter& json, const Problem& problem) {
  json.key("acknowledged");
  if (problem.acknowledged) {
    json.begin_object();
    write_remark(json, *problem.acknowledged);
    json.end_object();
  } else {
    json.null();
  }
  json.key("silenced");
  if (problem.silenced) {
    json.begin_object();
    write_remark(json, problem.silenced->remark);
    write_instant(json, "until", problem.silenced->until);
    json.end_object();
  } else {
    json.null();
  }
}

void write_problem_members(JsonWriter& json, const Problem& problem) {
  json.member("id", problem.id).member("kind", to_string(problem.kind));
  json.member("severity", to_string(problem.severity)).member("state", to_string(problem.state));
  write_text(json, "from", problem.from);
  write_text(json, "to", problem.to);
  json.member("sentence", problem.sentence);
  write_text(json, "cause", problem.cause);
  write_text(json, "next_step", problem.next_step);
  write_texts(json, "nodes", problem.nodes);
  write_texts(json, "affected_names", problem.affected_names, most_names_written);
  write_number(json, "affected_name_count", problem.affected_names.size());
  write_texts(json, "symptoms", problem.symptoms, Problem::most_symptoms);
  write_number(json, "symptom_count", problem.symptom_count);
  json.key("evidence").begin_array();
  for (const CellRecord& cell : problem.evidence) {
    json.begin_object();
    write_cell_members(json, cell);
    json.end_object();
  }
  json.end_array().key("before");
  if (problem.before) {
    json.begin_object();
    write_answer_members(json, *problem.before);
    json.end_object();
  } else {
    json.null();
  }
  write_instant(json, "first_seen", problem.first_seen);
  write_instant(json, "last_seen", problem.last_seen);
  write_instant(json, "opened", problem.opened);
  write_instant(json, "closed", problem.closed);
  write_remark_members(json, problem);
}

void write_event_members(JsonWriter& json, const ProblemEvent& event) {
  json.key("number");
  event.number == 0 ? json.null() : json.number(static_cast<int64_t>(event.number));
  json.member("at", instant_text(event.at)).member("step", to_string(event.step));
  json.key("problem").begin_object();
  write_problem_members(json, event.problem);
  json.end_object();
}

}  // namespace astray::watch
