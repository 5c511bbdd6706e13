// The state of the watcher: what is wrong now, and whether it can be believed.
#include <array>
#include <tuple>

#include "report/probe_words.h"
#include "watch/model/json_words.h"
#include "watch/model/problem_json.h"
#include "watch/page/page_json.h"

namespace astray::watch {
namespace {

constexpr size_t most_problems_listed = 200;
constexpr size_t most_nodes_of_problem = 20;
constexpr size_t most_nodes_listed = 1000;
constexpr size_t most_troubles_listed = 50;

void write_round(JsonWriter& json, const RoundRecord& round) {
  json.begin_object();
  write_number(json, "number", round.number);
  write_text(json, "region", round.region);
  write_instant(json, "began", round.began);
  write_number(
      json, "took_ms",
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(round.took).count()));
  write_number(json, "cells", round.cells);
  write_number(json, "failed", round.failed);
  write_number(json, "cells_of_whole", round.cells_of_whole);
  json.key("nodes").begin_array();
  for (size_t i = 0; i < std::min(round.nodes.size(), most_nodes_listed); ++i) {
    const NodeRecord& node = round.nodes[i];
    json.begin_object().member("node", node.node);
    write_number(json, "cells", node.cells);
    write_number(json, "failed", node.failed);
    json.key("answered").boolean(node.answered).end_object();
  }
  json.end_array().end_object();
}

/// Those that people were told of first, the gravest of them first, of equal ones the oldest.
std::vector<const Problem*> by_urgency(const std::vector<Problem>& problems) {
  std::vector<const Problem*> order;
  for (const Problem& problem : problems) order.push_back(&problem);
  std::ranges::sort(order, [](const Problem* a, const Problem* b) {
    const auto rank = [](const Problem* problem) {
      return std::tuple(problem->state == ProblemState::open ? 0 : 1, -static_cast<int>(problem->severity),
                        problem->first_seen, std::string_view(problem->id));
    };
    return rank(a) < rank(b);
  });
  return order;
}

void write_problem_counts(JsonWriter& json, const std::vector<Problem>& problems) {
  std::array<uint64_t, 3> open{};
  uint64_t suspected = 0;
  for (const Problem& problem : problems) {
    if (problem.state == ProblemState::suspected)
      ++suspected;
    else
      ++open.at(static_cast<size_t>(problem.severity));
  }
  json.key("problem_counts").begin_object();
  for (const Severity severity : {Severity::error, Severity::warning, Severity::info})
    write_number(json, to_string(severity), open.at(static_cast<size_t>(severity)));
  write_number(json, "suspected", suspected);
  json.end_object();
}

void write_silences(JsonWriter& json, const std::vector<Silence>& silences, Instant now) {
  json.key("silences").begin_array();
  for (const Silence& silence : silences) {
    if (silence.until <= now) continue;
    json.begin_object();
    write_number(json, "number", silence.number);
    write_text(json, "problem", silence.problem);
    write_text(json, "from", silence.from);
    write_text(json, "to", silence.to);
    write_text(json, "node", silence.node);
    write_remark(json, silence.remark);
    write_instant(json, "until", silence.until);
    json.end_object();
  }
  json.end_array();
}

void write_vocabulary(JsonWriter& json) {
  json.key("verdicts").begin_array();
  for (size_t i = 0; i < cell_verdicts; ++i) {
    const auto verdict = static_cast<CellVerdict>(i);
    const char letter = letter_of(verdict);
    json.begin_object().member("id", to_string(verdict)).member("letter", std::string_view(&letter, 1));
    json.member("legend", legend_of(verdict)).end_object();
  }
  json.end_array();
}

}  // namespace

void write_problem_brief(JsonWriter& json, const Problem& problem) {
  json.member("id", problem.id).member("kind", to_string(problem.kind));
  json.member("severity", to_string(problem.severity)).member("state", to_string(problem.state));
  write_text(json, "from", problem.from);
  write_text(json, "to", problem.to);
  json.member("sentence", problem.sentence);
  write_text(json, "cause", problem.cause);
  write_texts(json, "nodes", problem.nodes, most_nodes_of_problem);
  write_number(json, "node_count", problem.nodes.size());
  write_number(json, "affected_name_count", problem.affected_names.size());
  write_instant(json, "first_seen", problem.first_seen);
  write_instant(json, "last_seen", problem.last_seen);
  write_instant(json, "opened", problem.opened);
  write_instant(json, "closed", problem.closed);
  write_remark_members(json, problem);
}

std::string done_json(std::optional<uint64_t> silence) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("silence");
  silence ? json.number(static_cast<int64_t>(*silence)) : json.null();
  json.end_object();
  return text += '\n';
}

std::string state_json(const WatchState& state, Instant now, PageUse use) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().member("version", state.version).member("store", state.store_id);
  write_instant(json, "now", now);
  write_instant(json, "started", state.started);
  write_number(json, "revision", state.revision);
  write_number(json, "rounds", state.rounds);
  write_number(json, "cells", state.cells);
  write_number(json, "drift_events", state.drift_events);
  write_texts(json, "nodes", state.nodes, most_nodes_listed);
  write_number(json, "node_count", state.nodes.size());
  write_number(json, "name_count", state.names.size());
  json.key("last_round");
  if (state.last_round)
    write_round(json, *state.last_round);
  else
    json.null();
  write_instant(json, "next_round", state.next_round);
  write_texts(json, "troubles", state.troubles, most_troubles_listed);
  write_number(json, "trouble_count", state.troubles.size());
  write_problem_counts(json, state.problems);
  json.key("problems").begin_array();
  std::vector<const Problem*> problems = by_urgency(state.problems);
  problems.resize(std::min(problems.size(), most_problems_listed));
  for (const Problem* problem : problems) {
    json.begin_object();
    write_problem_brief(json, *problem);
    json.end_object();
  }
  json.end_array();
  write_silences(json, state.silences, now);
  json.key("can_change").boolean(use == PageUse::changes);
  write_vocabulary(json);
  json.end_object();
  return text += '\n';
}

}  // namespace astray::watch
