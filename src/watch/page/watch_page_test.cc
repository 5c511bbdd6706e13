// What the page's paths answer, without a socket, from a real store in memory.
#include "watch/page/watch_page.h"

#include <gtest/gtest.h>

#include "io/running_test.h"
#include "io/sleep.h"
#include "watch/page/page_world_test.h"

namespace astray::watch {
namespace {

using astray::test::run;
using test::PageWorld;
using namespace std::chrono_literals;

/// A watcher of 45 names on 3 nodes that has done one round.
struct PageBench {
  fake::VirtualLoop loop;
  PageWorld world{45, 3};
  WatchPage page{loop, world, "e"};
  web::Site site{.configured = Endpoint::parse("127.0.0.1:9000").value(), .routes = page.routes()};
  SpawnedTask running;

  PageBench() {
    RoundRecord round = world.whole_round();
    round.problems = {world.misdirected_problem()};
    world.take(std::move(round));
  }
  void start() {
    running = loop.spawn(page.run());
    run(loop, pass(1s));
  }
  Task<void> pass(Duration duration) { co_await sleep_for(loop, duration); }

  web::Answer post(std::string path, std::string body, std::string type = "application/json") {
    const web::Request request{.method = "POST",
                               .path = std::move(path),
                               .hosts = {"localhost"},
                               .authorization = "Bearer secret",
                               .content_type = std::move(type),
                               .body = std::move(body)};
    return std::get<web::Answer>(run(loop, web::answer(site, request)));
  }
  web::Reply reply_to(std::string path, std::vector<web::QueryParameter> query = {}) {
    const web::Request request{
        .method = "GET", .path = std::move(path), .query = std::move(query), .hosts = {"localhost"}};
    return run(loop, web::answer(site, request));
  }
  web::Answer answer_to(std::string path, std::vector<web::QueryParameter> query = {}) {
    return std::get<web::Answer>(reply_to(std::move(path), std::move(query)));
  }
};

bool has(const web::Answer& answer, std::string_view part) {
  return answer.body.find(part) != std::string::npos;
}

TEST(WatchPage, TheStateSaysWhatIsWrong) {
  PageBench bench;
  const web::Answer state = bench.answer_to("/api/state");
  EXPECT_EQ(state.status, 200);
  EXPECT_EQ(state.content_type, "application/json");
  for (const char* part :
       {"\"version\":\"1.2.3\"", "\"now\":\"2026-11-30T00:53:20Z\"", "\"name_count\":45", "\"node_count\":3",
        "\"problem_counts\":{\"error\":1,\"warning\":0,\"info\":0,\"suspected\":0}", "\"id\":\"0badc0de\"",
        "\"kind\":\"misdirected\"", "\"first_seen\":\"2026-11-29T22:53:20Z\"", "\"took_ms\":4200",
        "\"id\":\"rejected-421\",\"letter\":"})
    EXPECT_TRUE(has(state, part)) << part << state.body;
}

TEST(WatchPage, ListsOfTheStateAreBounded) {
  PageBench bench;
  auto& state = bench.world.change_state();
  state.problems.clear();
  for (int i = 0; i < 300; ++i) {
    state.problems.push_back(
        bench.world.problem(std::to_string(i), ProblemKind::parity, Severity::warning, "x"));
    state.troubles.push_back("trouble");
  }
  state.problems.push_back(bench.world.problem("gravest", ProblemKind::parity, Severity::error, "y"));
  state.problems.push_back(bench.world.problem("guess", ProblemKind::parity, Severity::error, "z"));
  state.problems.back().state = ProblemState::suspected;
  const web::Answer answer = bench.answer_to("/api/state");
  EXPECT_TRUE(has(answer, "\"problem_counts\":{\"error\":1,\"warning\":300,\"info\":0,\"suspected\":1}"));
  EXPECT_TRUE(has(answer, "\"trouble_count\":300"));
  EXPECT_TRUE(has(answer, "\"problems\":[{\"id\":\"gravest\"")) << "the gravest first";
  EXPECT_FALSE(has(answer, "\"guess\"")) << "what is suspected comes last";
  EXPECT_LT(answer.body.size(), 100'000u);
}

TEST(WatchPage, AProblemHasItsEvidenceAndItsEvents) {
  PageBench bench;
  RoundRecord round;
  round.problems = {bench.world.misdirected_problem()};
  round.events = {{0, bench.world.now(), ProblemStep::opened, bench.world.misdirected_problem()}};
  bench.world.take(std::move(round));
  const web::Answer answer = bench.answer_to("/api/problem", {{"id", "0badc0de"}});
  EXPECT_EQ(answer.status, 200) << answer.body;
  for (const char* part : {"\"next_step\":\"astray probe login.example.test@192.0.2.3:443\"",
                           "\"evidence\":[{", "\"before\":{\"verdict\":\"own\"", "\"step\":\"opened\""})
    EXPECT_TRUE(has(answer, part)) << part << answer.body;
  EXPECT_EQ(bench.answer_to("/api/problem", {{"id", "none"}}).status, 404);
  EXPECT_EQ(bench.answer_to("/api/problem").status, 400);
  bench.world.store_is_away = true;
  EXPECT_EQ(bench.answer_to("/api/problem", {{"id", "0badc0de"}}).status, 200) << "the state knows it";
  EXPECT_EQ(bench.answer_to("/api/problem", {{"id", "none"}}).status, 503);
}

TEST(WatchPage, EventsCanBeReadToTheirBeginning) {
  PageBench bench;
  for (int i = 0; i < 25; ++i) {
    RoundRecord round;
    round.problems = {bench.world.misdirected_problem()};
    round.events = {{0, bench.world.now(), ProblemStep::grown, bench.world.misdirected_problem()}};
    bench.world.take(std::move(round));
  }
  size_t seen = 0;
  std::vector<web::QueryParameter> query = {{"most", "10"}};
  for (int page = 0; page < 3; ++page) {
    const web::Answer answer = bench.answer_to("/api/events", query);
    size_t last = std::string::npos;
    for (size_t at = 0; (at = answer.body.find("{\"number\":", at)) != std::string::npos; last = at++) ++seen;
    EXPECT_EQ(has(answer, "\"more\":true"), page < 2) << answer.body;
    ASSERT_NE(last, std::string::npos);
    query = {{"most", "10"}, {"before", std::to_string(std::stoi(answer.body.substr(last + 10)))}};
  }
  EXPECT_EQ(seen, 25u) << "each once";
}

TEST(WatchPage, AnswersSayWhenTheStoreIsAway) {
  PageBench bench;
  bench.world.store_is_away = true;
  EXPECT_EQ(bench.answer_to("/api/state").status, 200);
  EXPECT_EQ(bench.answer_to("/api/sharing").status, 200);
  EXPECT_EQ(bench.answer_to("/api/events").status, 503);
  EXPECT_EQ(bench.answer_to("/api/time-line").status, 503);
  EXPECT_EQ(bench.answer_to("/api/cell", {{"from", "a"}, {"to", "b"}}).status, 503);
}

TEST(WatchPage, ATimeLineCountsInPieces) {
  PageBench bench;
  bench.world.add_history(1, 10);
  const web::Answer answer = bench.answer_to("/api/time-line", {{"hours", "12"}, {"pieces", "2"}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  // They begin twenty seconds before every tenth minute: 36 in the first six hours; 35, and the whole one, in
  // the last.
  EXPECT_TRUE(has(answer, "\"rounds\":[36,36]")) << answer.body;
  EXPECT_TRUE(has(
      answer, "\"refused\":[{\"node\":\"edge-1\",\"from\":\"www.example.test\",\"to\":\"api.example.test\""))
      << answer.body;
  EXPECT_EQ(bench.answer_to("/api/time-line", {{"hours", "0"}}).status, 400);
}

TEST(WatchPage, ACellHasItsPastAndItsNames) {
  PageBench bench;
  const web::Answer answer =
      bench.answer_to("/api/cell", {{"from", "static.example.test"}, {"to", "intern.example.test"}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  for (const char* part : {"\"verdict\":\"misdirected\"", "\"evidence\":{\"node\":", "\"from_alone\":[{",
                           "\"to_alone\":[{", "\"subject\":\"CN=group 0 of example.test\""})
    EXPECT_TRUE(has(answer, part)) << part;
  EXPECT_FALSE(has(answer, "group 1 of")) << "certificates of others";
  for (const char* part : {"\"ladders\":{\"node\":\"192.0.2.2:443\",\"missing\":\"no connection of static.example.test to 192.0.2.2:443",
                           "\"clients\":[]"})
    EXPECT_TRUE(has(answer, part)) << part << " (static.example.test is silent there)";
  const web::Answer pair = bench.answer_to("/api/cell", {{"from", "www.example.test"}, {"to", "api.example.test"}});
  for (const char* part : {"\"ladders\":{\"node\":\"192.0.2.2:443\",\"missing\":null,\"clients\":[{\"client\":\"chromium-h2\"",
                           "\"answer\":\"reuse\",\"reason\":\"coalesced\"",
                           "{\"id\":\"certificate-covers\",\"outcome\":\"pass\"}"})
    EXPECT_TRUE(has(pair, part)) << part << pair.body.substr(pair.body.find("\"ladders\""));
  EXPECT_TRUE(has(bench.answer_to("/api/cell", {{"from", "www.example.test"}, {"to", "www.example.test"}}),
                  "\"ladders\":null"));
  const web::Answer node = bench.answer_to(
      "/api/cell", {{"from", "www.example.test"}, {"to", "www.example.test"}, {"node", "192.0.2.2:443"}});
  EXPECT_TRUE(has(node, "192.0.2.2:443"));
  EXPECT_FALSE(has(node, "192.0.2.1:443"));
}

TEST(WatchPage, TheBoardIsFilledFromTheStore) {
  PageBench bench;
  EXPECT_TRUE(has(bench.answer_to("/api/matrix"), "\"rows_count\":0"));
  bench.start();
  const web::Answer matrix =
      bench.answer_to("/api/matrix", {{"row_filter", "static"}, {"column_filter", "intern"}});
  EXPECT_TRUE(has(matrix, "\"cells\":[\"M\"]")) << matrix.body;
  EXPECT_TRUE(has(matrix, "\"differing\":[0,0]")) << matrix.body;
  const web::Answer parity = bench.answer_to("/api/parity", {{"filter", "login"}});
  EXPECT_TRUE(has(parity, "\"cells\":[\"ooM\"]")) << parity.body;
  EXPECT_TRUE(has(parity, "\"groups\":[\"001\"]")) << parity.body;
  EXPECT_TRUE(has(bench.answer_to("/api/sharing"), "\"risky\":[{\"from\":\"static.example.test\""));
}

TEST(WatchPage, TheBoardForgetsWhatIsWatchedNoLonger) {
  PageBench bench;
  bench.start();
  auto& state = bench.world.change_state();
  std::erase(state.names, "login.example.test");
  std::erase(state.nodes, "192.0.2.2:443");
  ++state.revision;
  run(bench.loop, bench.pass(1s));
  EXPECT_TRUE(has(bench.answer_to("/api/parity", {{"filter", "login"}}), "\"names_count\":0"));
  const web::Answer parity = bench.answer_to("/api/parity", {{"filter", "static"}});
  EXPECT_TRUE(has(parity, "\"nodes\":[\"192.0.2.1:443\",\"192.0.2.3:443\"]")) << parity.body;
  EXPECT_TRUE(has(parity, "\"cells\":[\"oo\"]")) << parity.body;
}

TEST(WatchPage, TheMatrixIsOfOneNodeAndOneWayOfAskingWhereThatIsWanted) {
  PageBench bench;
  bench.start();
  const web::Answer other = bench.answer_to(
      "/api/matrix", {{"row_filter", "login"}, {"column_filter", "login"}, {"node", "192.0.2.1:443"}});
  EXPECT_TRUE(has(other, "\"cells\":[\"o\"]")) << other.body;
  EXPECT_EQ(bench.answer_to("/api/matrix", {{"node", "192.0.2.9:443"}}).status, 404);
  EXPECT_EQ(bench.answer_to("/api/matrix", {{"lane", "7"}}).status, 404);
  EXPECT_EQ(bench.answer_to("/api/matrix", {{"row_most", "501"}}).status, 400);
}

TEST(WatchPage, RoundsAndChangesAreTold) {
  PageBench bench;
  bench.start();
  const auto stream = std::get<web::EventStream>(bench.reply_to("/api/live")).events;
  EXPECT_NE(stream->take().find("event: hello\n"), std::string::npos);
  RoundRecord round;
  round.number = 7;
  round.events = {{3, bench.world.now(), ProblemStep::opened, bench.world.misdirected_problem()}};
  bench.page.offer(std::make_shared<const RoundRecord>(round));
  const std::string told = stream->take();
  EXPECT_NE(told.find("event: problem\ndata: {\"number\":3,"), std::string::npos) << told;
  EXPECT_NE(told.find("event: round\ndata: {\"number\":7,"), std::string::npos) << told;
  run(bench.loop, bench.pass(1s));
  EXPECT_EQ(stream->take(), "") << "nothing has changed";
  bench.world.change_state().troubles.emplace_back("the store is full");
  ++bench.world.change_state().revision;
  run(bench.loop, bench.pass(1s));
  EXPECT_NE(stream->take().find("event: state\n"), std::string::npos);
}

TEST(WatchPage, ATokenGuardsWhatTheWatcherKnowsAndNotThePage) {
  PageBench bench;
  bench.site.token = web::BearerToken("secret");
  for (const web::Route& route : bench.site.routes) {
    const bool api = route.path.starts_with("/api/");
    EXPECT_EQ(bench.answer_to(route.path).status, api ? 401 : 200) << route.path;
    EXPECT_NE(route.use, web::Use::change) << route.path;
  }
}

/// Notes what it is told to do, or refuses.
class NotedActions final : public Actions {
 public:
  std::optional<ActionRefusal> refuses;
  std::string noted;

  Acted<void> acknowledge(const std::string& problem, Remark remark) override {
    return note(fmt::format("acknowledge {} {} {}", problem, remark.by, remark.why));
  }
  Acted<Silence> silence(Silence silence) override {
    const Acted<void> done = note(fmt::format("silence {}|{}|{}|{} until {} {} {}", silence.problem, silence.from,
                                              silence.to, silence.node, silence.until.unix_seconds,
                                              silence.remark.by, silence.remark.why));
    if (!done) return Failure<ActionRefusal>(done.error());
    silence.number = 7;
    return silence;
  }
  Acted<void> end_silence(uint64_t number) override { return note(fmt::format("end {}", number)); }
  Acted<void> ask_soon(PairOnNode pair) override {
    return note(fmt::format("ask {} {} {}", pair.from, pair.to, pair.node));
  }

 private:
  Acted<void> note(std::string text) {
    if (refuses) return Failure<ActionRefusal>(*refuses);
    noted = std::move(text);
    return {};
  }
};

/// The same page with a token.
struct ChangingBench : PageBench {
  NotedActions actions;
  ChangingBench() {
    world.can_change = &actions;
    site.routes = page.routes();
    site.token = web::BearerToken("secret");
  }
};

TEST(WatchPage, WithoutATokenThereIsNothingToChange) {
  PageBench bench;
  EXPECT_TRUE(has(bench.answer_to("/api/state"), "\"can_change\":false"));
  for (const char* path : {"/api/acknowledge", "/api/silence", "/api/end-silence", "/api/ask-soon"}) {
    EXPECT_EQ(bench.post(path, "{}").status, 404) << path;
    EXPECT_EQ(bench.answer_to(path).status, 404) << path;
  }
  EXPECT_EQ(bench.post("/api/state", "{}").status, 405);
}

TEST(WatchPage, ChangesNeedPostTheTokenAndThePageItself) {
  ChangingBench bench;
  const web::Request good{.method = "POST",
                          .path = "/api/ask-soon",
                          .hosts = {"localhost"},
                          .authorization = "Bearer secret",
                          .content_type = "application/json; charset=utf-8",
                          .body = R"({"from": "a", "to": "b", "node": "n"})"};
  const auto status_of = [&](const web::Request& request) {
    bench.actions.noted.clear();
    const int status = std::get<web::Answer>(run(bench.loop, web::answer(bench.site, request))).status;
    EXPECT_EQ(status == 200, !bench.actions.noted.empty());
    return status;
  };
  EXPECT_EQ(status_of(good), 200);
  EXPECT_EQ(bench.actions.noted, "ask a b n");
  web::Request bad = good;
  bad.method = "GET";
  EXPECT_EQ(status_of(bad), 405);
  bad = good;
  bad.authorization.reset();
  EXPECT_EQ(status_of(bad), 401);
  bad.authorization = "Bearer secrex";
  EXPECT_EQ(status_of(bad), 401);
  bad = good;
  bad.origin = "http://evil.example";
  EXPECT_EQ(status_of(bad), 403);
  bad = good;
  bad.sec_fetch_site = "cross-site";
  EXPECT_EQ(status_of(bad), 403);
  bad = good;
  bad.hosts = {"evil.example"};
  EXPECT_EQ(status_of(bad), 421);
  bad = good;
  bad.content_type = "text/plain";
  EXPECT_EQ(status_of(bad), 415) << "a form of another page could send this";
  bad.content_type.reset();
  EXPECT_EQ(status_of(bad), 415);
  bad = good;
  bad.query = {{"x", "1"}};
  EXPECT_EQ(status_of(bad), 400);
}

TEST(WatchPage, ChangesAreHandedOnAsTheyAreMeant) {
  ChangingBench bench;
  EXPECT_EQ(bench.post("/api/acknowledge", R"({"problem": "0badc0de", "by": "Ann", "why": "I am at it"})").status, 200);
  EXPECT_EQ(bench.actions.noted, "acknowledge 0badc0de Ann I am at it");
  const web::Answer silenced = bench.post("/api/silence", R"({"node": "n:443", "minutes": 60, "by": "Ann", "why": null})");
  EXPECT_EQ(silenced.body, "{\"silence\":7}\n");
  // An hour after world_now.
  EXPECT_EQ(bench.actions.noted, "silence |||n:443 until 1796003600 Ann ");
  EXPECT_EQ(bench.post("/api/silence", R"({"from": "a", "to": "b", "minutes": 1, "by": "Bob"})").status, 200);
  EXPECT_EQ(bench.actions.noted, "silence |a|b| until 1796000060 Bob ");
  EXPECT_EQ(bench.post("/api/end-silence", R"({"silence": 7})").status, 200);
  EXPECT_EQ(bench.actions.noted, "end 7");
  EXPECT_TRUE(has(bench.answer_to("/api/acknowledge"), "only POST")) << "GET changes nothing";
}

TEST(WatchPage, WhatIsWrongInAChangeIsNamed) {
  ChangingBench bench;
  const struct {
    const char* path;
    std::string body;
    const char* said;
  } cases[] = {
      {"/api/acknowledge", "", "no JSON object"},
      {"/api/acknowledge", "[]", "no JSON object"},
      {"/api/acknowledge", R"({"problem": "p"})", "\"by\" is needed"},
      {"/api/acknowledge", R"({"problem": "p", "by": "  "})", "\"by\" is needed"},
      {"/api/acknowledge", R"({"problem": "p", "by": 7})", "\"by\" is no text"},
      {"/api/acknowledge", R"({"problem": "p", "by": "Ann\nBob"})", "\"by\" is no text of one line"},
      {"/api/acknowledge", R"({"problem": "p", "by": "Ann", "by": "Bob"})", "\"by\" is there twice"},
      {"/api/acknowledge", R"({"problem": "p", "by": "Ann", "whom": "x"})", "\"whom\" means nothing here"},
      {"/api/acknowledge", R"({"problem": "p", "by": ")" + std::string(101, 'x') + "\"}", "at most 100 bytes"},
      {"/api/acknowledge", R"({"problem": "p", "by": "Ann", "why": ")" + std::string(1001, 'x') + "\"}",
       "at most 1000 bytes"},
      {"/api/silence", R"({"minutes": 5, "by": "Ann"})", "not everything can be silenced"},
      {"/api/silence", R"({"node": "n", "by": "Ann"})", "\"minutes\" is needed"},
      {"/api/silence", R"({"node": "n", "by": "Ann", "minutes": 0})", "from 1 to 44640"},
      {"/api/silence", R"({"node": "n", "by": "Ann", "minutes": 44641})", "from 1 to 44640"},
      {"/api/silence", R"({"node": "n", "by": "Ann", "minutes": -1})", "from 1 to 44640"},
      {"/api/end-silence", R"({"silence": "7"})", "\"silence\" is needed"},
      {"/api/ask-soon", R"({"from": "a", "to": "b"})", "\"node\" is needed"},
  };
  for (const auto& each : cases) {
    const web::Answer answer = bench.post(each.path, each.body);
    EXPECT_EQ(answer.status, 400) << each.body;
    EXPECT_TRUE(has(answer, each.said)) << each.body << ": " << answer.body;
  }
  EXPECT_EQ(bench.actions.noted, "");
}

TEST(WatchPage, ARefusedChangeSaysWhy) {
  ChangingBench bench;
  using Kind = ActionRefusal::Kind;
  for (const auto& [kind, status] : {std::pair(Kind::unknown, 404), {Kind::too_many, 429}, {Kind::store, 503}}) {
    bench.actions.refuses = ActionRefusal{kind, "because"};
    const web::Answer answer = bench.post("/api/end-silence", R"({"silence": 7})");
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.body, "because\n");
    EXPECT_EQ(answer.field_lines.empty(), kind != Kind::too_many) << "when to try again";
  }
}

TEST(WatchPage, WhatPeopleSaidShows) {
  PageBench bench;
  auto& state = bench.world.change_state();
  state.problems.front().acknowledged = Remark{bench.world.now(), "Ann", "at it"};
  state.problems.front().silenced = Silenced{{bench.world.now(), "Bob", ""}, {bench.world.now().unix_seconds + 60}};
  Silence silence{.number = 3, .node = "192.0.2.3:443", .until = {bench.world.now().unix_seconds + 60}, .remark = {bench.world.now(), "Bob", ""}};
  state.silences = {silence};
  silence.number = 4;
  silence.until = bench.world.now();
  state.silences.push_back(silence);
  const web::Answer answer = bench.answer_to("/api/state");
  for (const char* part :
       {"\"acknowledged\":{\"at\":\"2026-11-30T00:53:20Z\",\"by\":\"Ann\",\"why\":\"at it\"}",
        "\"silenced\":{\"at\":\"2026-11-30T00:53:20Z\",\"by\":\"Bob\",\"why\":null,\"until\":\"2026-11-30T00:54:20Z\"}",
        "\"silences\":[{\"number\":3,\"problem\":null,\"from\":null,\"to\":null,\"node\":\"192.0.2.3:443\",\"at\":"})
    EXPECT_TRUE(has(answer, part)) << part << answer.body;
  EXPECT_FALSE(has(answer, "\"number\":4,\"problem\"")) << "it is over";
  const auto stream = std::get<web::EventStream>(bench.reply_to("/api/live")).events;
  static_cast<void>(stream->take());
  bench.page.tell({5, bench.world.now(), ProblemStep::acknowledged, state.problems.front()});
  EXPECT_NE(stream->take().find("\"step\":\"acknowledged\""), std::string::npos) << "also without a round";
}

// The policy allows 'self' alone, so whatever is inline or elsewhere would not work.
TEST(WatchPage, ThePageKeepsItsOwnPolicy) {
  PageBench bench;
  const std::string page = bench.answer_to("/").body;
  const std::string script = bench.answer_to("/page.js").body;
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_TRUE(script.starts_with("\"use strict\";"));
  for (const char* bad :
       {"<style", " style=", "onclick", "onload", "javascript:", "http://", "https://", "<script>"})
    EXPECT_EQ(page.find(bad), std::string::npos) << bad;
  for (const char* bad : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                          "Function(", "setAttribute(\"style\""})
    EXPECT_EQ(script.find(bad), std::string::npos) << bad;
  for (const char* end :
       {"function ask(", "class GridView", "const overviewView", "const matrixView", "const parityView",
        "const sharingView", "const timeView", "const cellView", "follow(heard, drawStatus);\n"})
    EXPECT_NE(script.find(end), std::string::npos) << "each part is there: " << end;
}

}  // namespace
}  // namespace astray::watch
