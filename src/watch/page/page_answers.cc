// The answers of the page's API: parameters, what is asked of store and board, and how it is told.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "watch/page/page_json.h"
#include "watch/page/page_query.h"
#include "watch/page/watch_page.h"

namespace astray::watch {
namespace {

constexpr size_t most_events_of_answer = 500;
constexpr size_t most_events_of_problem = 200;
constexpr size_t most_spans_of_answer = 500;
constexpr size_t most_names_of_answer = 500;
constexpr size_t most_hours = size_t{24} * 400;
constexpr size_t most_rounds_of_time_line = 600'000;  // one a minute for so many hours
constexpr size_t most_events_of_time_line = 10'000;
constexpr size_t most_refused_pairs = 50;

web::Answer store_is_away() {
  return web::plain_answer(503, "the store cannot be asked at the moment; /api/state says why\n");
}
web::Answer store_failed(const StoreError& error) {
  return web::plain_answer(503, fmt::format("the store: {}\n", error.message));
}

/// `prefix`: "" or "row_", before "filter", "offset" and "most".
NamePage take_name_page(PageQuery& query, std::string_view prefix, size_t otherwise) {
  const auto key = [&](std::string_view part) { return fmt::format("{}{}", prefix, part); };
  NamePage page;
  page.filter = query.text(key("filter")).value_or("");
  page.offset = query.number(key("offset"), 0, 1'000'000, 0);
  page.most = query.number(key("most"), 1, most_names_of_answer, otherwise);
  return page;
}

/// A name's own answers of the present, on the nodes that are watched.
Stored<std::vector<Span>> own_now(Store& store, const std::string& name, const std::vector<std::string>& nodes) {
  SpanQuery query;
  query.sni = query.authority = name;
  query.most = most_spans_of_answer;
  Stored<std::vector<Span>> spans = store.present(query);
  if (spans)
    std::erase_if(*spans, [&](const Span& span) {
      return !span.key.is_baseline() || std::ranges::find(nodes, span.key.node) == nodes.end();
    });
  return spans;
}

/// On the wanted node, or the first on which the pair was asked.
std::optional<StoreError> read_ladders(Store& store, const WatchState& state, const std::optional<std::string>& node,
                                       CellPast& cell) {
  if (cell.from == cell.to || cell.from.empty() || cell.to.empty()) return std::nullopt;
  std::set<std::string> asked_on;
  for (const Span& span : cell.pair)
    if (!node || span.key.node == *node) asked_on.insert(span.key.node);
  if (asked_on.empty()) return std::nullopt;
  const auto from = own_now(store, cell.from, state.nodes), to = own_now(store, cell.to, state.nodes);
  if (!from) return from.error();
  if (!to) return to.error();
  cell.ladders = climb({cell.from, cell.to, *asked_on.begin(), *from, *to, cell.certificates});
  return std::nullopt;
}

std::vector<CertificateRecord> seen_in(const CellPast& cell, std::vector<CertificateRecord> known) {
  std::set<std::string_view> seen;
  for (const std::vector<Span>* spans : {&cell.pair, &cell.from_alone, &cell.to_alone})
    for (const Span& span : *spans) seen.insert(span.answer.certificate);
  std::erase_if(known, [&](const CertificateRecord& each) { return !seen.contains(each.fingerprint); });
  return known;
}

/// Fills the time line, or says what failed.
std::optional<StoreError> read_time_line(Store& store, TimeLine& time_line) {
  auto rounds = store.rounds(time_line.from, most_rounds_of_time_line);
  if (!rounds) return rounds.error();
  EventQuery all;
  all.from = time_line.from;
  all.until = time_line.until;
  all.most = most_events_of_time_line;
  auto events = store.events(all);
  if (!events) return events.error();
  auto refused = store.refusals(time_line.from, time_line.until, most_refused_pairs);
  if (!refused) return refused.error();
  time_line.rounds = std::move(*rounds);
  time_line.events = std::move(*events);
  time_line.refused = std::move(*refused);
  return std::nullopt;
}

std::optional<StoreError> read_cell(Store& store, const std::optional<std::string>& node, CellPast& cell) {
  const auto read = [&](const std::string& sni, const std::string& authority, std::vector<Span>& into) {
    SpanQuery query;
    query.sni = sni;
    query.authority = authority;
    query.node = node;
    query.most = most_spans_of_answer;
    auto spans = store.spans(query);
    if (spans) into = std::move(*spans);
    return spans ? std::nullopt : std::optional(spans.error());
  };
  if (auto error = read(cell.from, cell.to, cell.pair)) return error;
  if (auto error = read(cell.from, cell.from, cell.from_alone)) return error;
  if (auto error = read(cell.to, cell.to, cell.to_alone)) return error;
  auto certificates = store.certificates();
  if (!certificates) return certificates.error();
  cell.certificates = seen_in(cell, std::move(*certificates));
  return std::nullopt;
}

}  // namespace

web::Answer WatchPage::answer_state(const web::Request& request) {
  PageQuery query(request);
  if (auto refusal = query.refusal()) return *refusal;
  const PageUse use = source_.actions() == nullptr ? PageUse::shows : PageUse::changes;
  return web::json_answer(state_json(source_.state(), source_.now(), use));
}

web::Answer WatchPage::answer_problem(const web::Request& request) {
  PageQuery query(request);
  const std::string id = query.needed_text("id");
  if (auto refusal = query.refusal()) return *refusal;
  Store* store = source_.store();
  const auto& current = source_.state().problems;
  const auto now = std::ranges::find(current, id, &Problem::id);
  if (store == nullptr)
    return now == current.end() ? store_is_away() : web::json_answer(problem_json(*now, {}));
  const auto stored = store->problem(id);
  if (!stored) return store_failed(stored.error());
  if (now == current.end() && !*stored) return web::plain_answer(404, "there is no problem of this id\n");
  EventQuery of_problem;
  of_problem.problem = id;
  of_problem.most = most_events_of_problem;
  const auto events = store->events(of_problem);
  if (!events) return store_failed(events.error());
  return web::json_answer(problem_json(now == current.end() ? **stored : *now, *events));
}

web::Answer WatchPage::answer_events(const web::Request& request) {
  PageQuery query(request);
  EventQuery wanted;
  wanted.before = query.number("before", 1, INT64_MAX);
  wanted.problem = query.text("problem");
  const size_t most = query.number("most", 1, most_events_of_answer, 100);
  if (auto refusal = query.refusal()) return *refusal;
  Store* store = source_.store();
  if (store == nullptr) return store_is_away();
  wanted.most = most + 1;
  const auto events = store->events(wanted);
  return events ? web::json_answer(events_json(*events, most)) : store_failed(events.error());
}

web::Answer WatchPage::answer_time_line(const web::Request& request) {
  PageQuery query(request);
  const size_t hours = query.number("hours", 1, most_hours, 24);
  const size_t pieces = query.number("pieces", 1, 1000, 120);
  if (auto refusal = query.refusal()) return *refusal;
  Store* store = source_.store();
  if (store == nullptr) return store_is_away();
  const Instant now = source_.now();
  TimeLine time_line{
      .from = {now.unix_seconds - static_cast<int64_t>(hours) * 3600}, .until = now, .pieces = pieces};
  if (const auto error = read_time_line(*store, time_line)) return store_failed(*error);
  return web::json_answer(time_line_json(time_line));
}

web::Answer WatchPage::answer_cell(const web::Request& request) {
  PageQuery query(request);
  CellPast cell{.from = query.needed_text("from"), .to = query.needed_text("to")};
  const auto node = query.text("node");
  if (auto refusal = query.refusal()) return *refusal;
  Store* store = source_.store();
  if (store == nullptr) return store_is_away();
  if (const auto error = read_cell(*store, node, cell)) return store_failed(*error);
  if (const auto error = read_ladders(*store, source_.state(), node, cell)) return store_failed(*error);
  return web::json_answer(cell_json(cell));
}

web::Answer WatchPage::answer_matrix(const web::Request& request) {
  PageQuery query(request);
  MatrixChoice choice{.rows = take_name_page(query, "row_", 200),
                      .columns = take_name_page(query, "column_", 200)};
  const auto node = query.text("node");
  choice.lane = query.number("lane", 0, 1000);
  if (auto refusal = query.refusal()) return *refusal;
  if (node) {
    const auto place = std::ranges::find(board_.nodes(), *node);
    if (place == board_.nodes().end()) return web::plain_answer(404, "no node of this name was asked\n");
    choice.node = static_cast<size_t>(place - board_.nodes().begin());
  }
  if (choice.lane && *choice.lane >= board_.lanes().size())
    return web::plain_answer(404, "there are not so many ways of asking\n");
  return web::json_answer(matrix_json(board_, choice));
}

web::Answer WatchPage::answer_parity(const web::Request& request) {
  PageQuery query(request);
  NamePage page = take_name_page(query, "", 200);
  page.which = NamePage::Which::watched;
  if (auto refusal = query.refusal()) return *refusal;
  return web::json_answer(parity_json(board_, page));
}

web::Answer WatchPage::answer_sharing(const web::Request& request) {
  PageQuery query(request);
  if (auto refusal = query.refusal()) return *refusal;
  std::vector<CertificateRecord> certificates;
  if (Store* store = source_.store())
    if (auto known = store->certificates()) certificates = std::move(*known);
  return web::json_answer(sharing_json(board_, certificates));
}

}  // namespace astray::watch
