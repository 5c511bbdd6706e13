#include "watch/page/watch_page.h"

#include "embedded/watch_page_text.h"
#include "io/sleep.h"
#include "watch/model/json_words.h"
#include "watch/page/page_json.h"
#include "watch/page/page_query.h"

namespace astray::watch {
namespace {

/// How long a change may wait until browsers are told.
constexpr Duration look_every = std::chrono::milliseconds(250);
/// Of the answers that a name has in the store, when the board is filled.
constexpr size_t most_answers_of_name = 100'000;

constexpr std::string_view script_stems[] = {"elements", "live",    "grid_view", "overview", "matrix",
                                             "parity",   "sharing", "time_line", "actions", "cell", "start"};

web::Answer page_part(std::string_view stem, std::string content_type) {
  return {.content_type = std::move(content_type), .body = std::string(embedded::watch_page_text(stem))};
}

web::Answer page_script() {
  web::Answer answer{.content_type = "text/javascript; charset=utf-8"};
  for (const std::string_view stem : script_stems) answer.body += embedded::watch_page_text(stem);
  return answer;
}

std::string round_text(const RoundRecord& round) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_number(json, "number", round.number);
  write_instant(json, "began", round.began);
  write_number(json, "cells", round.cells);
  write_number(json, "failed", round.failed);
  json.end_object();
  return text;
}

std::string event_brief_text(const ProblemEvent& event) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_event_brief(json, event);
  json.end_object();
  return text;
}

}  // namespace

WatchPage::WatchPage(Loop& loop, PageSource& source, std::string epoch)
    : loop_(loop), source_(source), hub_(loop, std::move(epoch)) {}

void WatchPage::offer(const std::shared_ptr<const RoundRecord>& round) {
  for (const CellRecord& cell : round->answers) board_.note(cell.key, cell.answer);
  for (const ProblemEvent& event : round->events) hub_.publish("problem", event_brief_text(event));
  hub_.publish("round", round_text(*round));
}

void WatchPage::tell(const ProblemEvent& event) {
  hub_.publish("problem", event_brief_text(event));
}

Task<void> WatchPage::run() {
  co_await fill_board();
  for (;;) {
    const uint64_t revision = source_.state().revision;
    if (revision != told_revision_) {
      if (board_is_of_others()) co_await fill_board();
      hub_.publish("state", std::to_string(revision));
    }
    told_revision_ = revision;
    co_await sleep_for(loop_, look_every);
  }
}

bool WatchPage::board_is_of_others() const {
  return names_ != source_.state().names || nodes_ != source_.state().nodes;
}

/// A name at a time, so that no round waits for it.
Task<void> WatchPage::fill_board() {
  names_ = source_.state().names;
  nodes_ = source_.state().nodes;
  board_ = Board(nodes_);
  const std::vector<std::string> names = names_;
  Texts known(names.begin(), names.end());
  known.insert(nodes_.begin(), nodes_.end());
  for (const std::string& name : names) {
    if (Store* store = source_.store()) note_present(*store, name, known);
    co_await next_turn(loop_);
  }
}

/// The store also remembers names and nodes that are watched no longer. `known`: those that are.
void WatchPage::note_present(Store& store, const std::string& name, const Texts& known) {
  SpanQuery query;
  query.authority = name;
  query.most = most_answers_of_name;
  const auto spans = store.present(query);
  if (!spans) return;
  for (const Span& span : *spans) {
    const CellKey& key = span.key;
    const bool unnamed = key.sni.empty() || key.sni.ends_with(".invalid");
    if ((unnamed || known.contains(key.sni)) && known.contains(key.node)) board_.note(key, span.answer);
  }
}

web::Route WatchPage::route(const char* path, web::Use use, Answering answer) {
  return {.path = path,
          .use = use,
          .access = use == web::Use::change ? web::Access::token : web::Access::token_if_set,
          .answer = [this, answer](const web::Request& request) {
            return web::at_once((this->*answer)(request));
          }};
}

std::vector<web::Route> WatchPage::routes() {
  const auto part = [](web::Answer (*make)()) {
    return [make](const web::Request&) { return web::at_once(make()); };
  };
  std::vector<web::Route> routes = {
      {.path = "/", .answer = part([] { return page_part("page", "text/html; charset=utf-8"); })},
      {.path = "/page.js", .answer = part(page_script)},
      {.path = "/page.css", .answer = part([] { return page_part("style", "text/css; charset=utf-8"); })},
  };
  routes.push_back(route("/api/state", web::Use::read, &WatchPage::answer_state));
  routes.push_back(route("/api/problem", web::Use::read, &WatchPage::answer_problem));
  routes.push_back(route("/api/events", web::Use::read, &WatchPage::answer_events));
  routes.push_back(route("/api/time-line", web::Use::read, &WatchPage::answer_time_line));
  routes.push_back(route("/api/cell", web::Use::read, &WatchPage::answer_cell));
  routes.push_back(route("/api/matrix", web::Use::read, &WatchPage::answer_matrix));
  routes.push_back(route("/api/parity", web::Use::read, &WatchPage::answer_parity));
  routes.push_back(route("/api/sharing", web::Use::read, &WatchPage::answer_sharing));
  if (source_.actions() != nullptr) {
    routes.push_back(route("/api/acknowledge", web::Use::change, &WatchPage::acknowledge));
    routes.push_back(route("/api/silence", web::Use::change, &WatchPage::silence));
    routes.push_back(route("/api/end-silence", web::Use::change, &WatchPage::end_silence));
    routes.push_back(route("/api/ask-soon", web::Use::change, &WatchPage::ask_soon));
  }
  routes.push_back({.path = "/api/live",
                    .use = web::Use::follow,
                    .access = web::Access::token_if_set,
                    .answer = [this](const web::Request& request) {
                      return web::at_once(web::EventStream{hub_.subscribe(request.last_event_id)});
                    }});
  return routes;
}

}  // namespace astray::watch
