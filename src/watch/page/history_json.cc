// What happened: events, a problem's story, a time line, a pair's past.
#include "watch/model/json_words.h"
#include "watch/model/problem_json.h"
#include "watch/page/page_json.h"

namespace astray::watch {
namespace {

template <typename Amount>
void write_pieces(JsonWriter& json, std::string_view name, const std::vector<Amount>& amounts) {
  json.key(name).begin_array();
  for (const Amount amount : amounts) json.number(static_cast<int64_t>(amount));
  json.end_array();
}

/// In which piece of the time line this is; events of the last second belong to the last one.
size_t piece_of(const TimeLine& time_line, Instant at) {
  const int64_t whole = std::max<int64_t>(time_line.until.unix_seconds - time_line.from.unix_seconds, 1);
  const int64_t since = std::clamp<int64_t>(at.unix_seconds - time_line.from.unix_seconds, 0, whole - 1);
  return static_cast<size_t>(since * static_cast<int64_t>(time_line.pieces) / whole);
}

struct Pieces {
  explicit Pieces(size_t count)
      : rounds(count),
        cells(count),
        failed(count),
        refusals(count),
        open(count),
        opened(count),
        ended(count) {}
  std::vector<uint64_t> rounds, cells, failed, refusals;
  std::vector<uint64_t> open;  ///< problems, the most of a round
  std::vector<uint64_t> opened, ended;
};

Pieces pieces_of(const TimeLine& time_line) {
  Pieces pieces(time_line.pieces);
  for (const RoundSummary& round : time_line.rounds) {
    const size_t at = piece_of(time_line, round.began);
    ++pieces.rounds[at];
    pieces.cells[at] += round.cells;
    pieces.failed[at] += round.failed;
    pieces.refusals[at] += round.refusals;
    pieces.open[at] = std::max(pieces.open[at], round.open_problems);
  }
  for (const ProblemEvent& event : time_line.events) {
    if (is_end(event.step)) ++pieces.ended[piece_of(time_line, event.at)];
    if (event.step == ProblemStep::opened) ++pieces.opened[piece_of(time_line, event.at)];
  }
  return pieces;
}

void write_spans(JsonWriter& json, std::string_view name, const std::vector<Span>& spans) {
  json.key(name).begin_array();
  for (const Span& span : spans) {
    json.begin_object();
    write_instant(json, "first", span.first);
    write_instant(json, "last", span.last);
    write_number(json, "rounds", span.rounds);
    write_cell_members(
        json, CellRecord{.key = span.key, .answer = span.answer, .sentence = span.sentence, .evidence = {}});
    json.key("evidence");
    span.evidence.empty() ? json.null() : json.raw(span.evidence);
    json.end_object();
  }
  json.end_array();
}

void write_certificate(JsonWriter& json, const CertificateRecord& certificate) {
  constexpr size_t most_certificate_names = 200;
  json.begin_object().member("fingerprint", certificate.fingerprint);
  write_texts(json, "names", certificate.names, most_certificate_names);
  write_number(json, "name_count", certificate.names.size());
  write_text(json, "subject", certificate.subject);
  write_text(json, "issuer", certificate.issuer);
  write_instant(json, "not_before", certificate.not_before);
  write_instant(json, "not_after", certificate.not_after);
  json.end_object();
}

void write_ladder(JsonWriter& json, const ClientLadder& ladder) {
  const ReasonInfo& why = info(ladder.verdict.reason);
  json.begin_object().member("client", ladder.client->id).member("name", ladder.client->display_name);
  json.member("answer", to_string(ladder.verdict.answer)).member("reason", why.id).member("sentence", why.sentence);
  write_text(json, "rung", ladder.verdict.rung == nullptr ? std::string_view() : ladder.verdict.rung->id);
  json.key("rungs").begin_array();
  for (const RungStep& step : ladder.steps)
    json.begin_object().member("id", step.id).member("outcome", to_string(step.outcome)).end_object();
  json.end_array().end_object();
}

void write_ladders(JsonWriter& json, const std::optional<Ladders>& ladders) {
  json.key("ladders");
  if (!ladders) {
    json.null();
    return;
  }
  json.begin_object().member("node", ladders->node);
  write_text(json, "missing", ladders->missing);
  json.key("clients").begin_array();
  for (const ClientLadder& ladder : ladders->clients) write_ladder(json, ladder);
  json.end_array().end_object();
}

void write_events(JsonWriter& json, const std::vector<ProblemEvent>& events, size_t most) {
  json.key("events").begin_array();
  for (size_t i = 0; i < std::min(events.size(), most); ++i) {
    json.begin_object();
    write_event_brief(json, events[i]);
    json.end_object();
  }
  json.end_array().key("more").boolean(events.size() > most);
}

}  // namespace

void write_event_brief(JsonWriter& json, const ProblemEvent& event) {
  json.key("number");
  event.number == 0 ? json.null() : json.number(static_cast<int64_t>(event.number));
  write_instant(json, "at", event.at);
  json.member("step", to_string(event.step)).key("problem").begin_object();
  write_problem_brief(json, event.problem);
  json.end_object();
}

std::string events_json(const std::vector<ProblemEvent>& events, size_t most) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_events(json, events, most);
  json.end_object();
  return text += '\n';
}

std::string problem_json(const Problem& problem, const std::vector<ProblemEvent>& events) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("problem").begin_object();
  write_problem_members(json, problem);
  json.end_object();
  write_events(json, events, events.size());
  json.end_object();
  return text += '\n';
}

std::string time_line_json(const TimeLine& time_line) {
  const Pieces pieces = pieces_of(time_line);
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_instant(json, "from", time_line.from);
  write_instant(json, "until", time_line.until);
  write_number(json, "pieces", time_line.pieces);
  write_pieces(json, "rounds", pieces.rounds);
  write_pieces(json, "cells", pieces.cells);
  write_pieces(json, "failed", pieces.failed);
  write_pieces(json, "refusals", pieces.refusals);
  write_pieces(json, "open_problems", pieces.open);
  write_pieces(json, "opened", pieces.opened);
  write_pieces(json, "ended", pieces.ended);
  json.key("refused").begin_array();
  for (const RefusalCount& pair : time_line.refused) {
    json.begin_object().member("node", pair.node);
    write_text(json, "from", pair.from);
    write_text(json, "to", pair.to);
    write_number(json, "count", pair.count);
    json.end_object();
  }
  json.end_array().end_object();
  return text += '\n';
}

std::string cell_json(const CellPast& cell) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_text(json, "from", cell.from);
  write_text(json, "to", cell.to);
  write_spans(json, "spans", cell.pair);
  write_spans(json, "from_alone", cell.from_alone);
  write_spans(json, "to_alone", cell.to_alone);
  json.key("certificates").begin_array();
  for (const CertificateRecord& certificate : cell.certificates) write_certificate(json, certificate);
  json.end_array();
  write_ladders(json, cell.ladders);
  json.end_object();
  return text += '\n';
}

}  // namespace astray::watch
