#include "watch/watched_world_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "io/sleep.h"
#include "watch/store/sqlite_store.h"

namespace astray::watch::test {
namespace {

constexpr Instant world_began{1'764'400'000};

constexpr int64_t days(int64_t number) {
  return number * 86'400;
}

constexpr Duration between_rounds = std::chrono::seconds(1);

Task<void> let_pass(Loop& loop, Duration time) {
  co_await sleep_for(loop, time);
}

}  // namespace

Task<ProbeSummary> FakeAsker::ask(ProbeRun run) {
  asked.clear();
  Plan::Cursor cursor(run.plan);
  uint64_t done = 0;
  while (!(run.stop && run.stop())) {
    const std::optional<ConnectionQuestion> question = cursor.next();
    if (!question) break;
    co_await sleep_for(loop_, of_a_connection);
    for (const RequestQuestion& request : question->requests) {
      const ProbeCell cell = run.assessor.assess(*question, request, answer(*question, request));
      asked.push_back(fmt::format("{}>{} {}", question->sni.value_or(""), request.host.value_or(""),
                                  question->node.text()));
      run.sink.cell(cell);
      ++done;
    }
  }
  cells.push_back(done);
  ProbeSummary summary = run.assessor.summarize();
  summary.interrupted = done < run.plan.cells();
  run.sink.finish(summary);
  co_return summary;
}

WatchedWorld::WatchedWorld(std::vector<astray::test::FakeSite> sites)
    : resolver(loop), asker(loop), store([this](StoreKeeper::Opening opening) -> Stored<OpenedStore> {
        if (store_fails) return Failure<StoreError>(*store_fails);
        return opening == StoreKeeper::Opening::anew ? begin_store_anew(store_path, now(), store_bytes)
                                                     : open_store(store_path, now(), store_bytes);
      }) {
  be(std::move(sites));
  asker.answer = [this](const ConnectionQuestion& connection, const RequestQuestion& request) {
    return answer(connection, request);
  };
  settings.path = "/etc/astray/watch.yaml";
  settings.axes.alpns = {AlpnOffer::h1, AlpnOffer::h2};
  settings.clients = {find_client_profile("chromium-h2")};
}

void WatchedWorld::be(std::vector<astray::test::FakeSite> sites) {
  worlds_.clear();
  worlds_.emplace("", astray::test::FakeWorld(std::move(sites)));
}

void WatchedWorld::be_at(const std::string& node, std::vector<astray::test::FakeSite> sites) {
  worlds_.erase(node);
  worlds_.emplace(node, astray::test::FakeWorld(std::move(sites)));
}

void WatchedWorld::silence(const std::string& node, bool silent) {
  if (silent) silent_.insert(node);
  if (!silent) silent_.erase(node);
}

Observation WatchedWorld::answer(const ConnectionQuestion& connection, const RequestQuestion& request) const {
  const std::string node = connection.node.text();
  if (silent_.count(node) != 0) {
    Observation seen;
    seen.stage = Stage::connect;
    seen.failure = ProbeFailure::refused;
    seen.message = "connection refused (ECONNREFUSED)";
    return seen;
  }
  const auto own = worlds_.find(node);
  Observation seen = (own == worlds_.end() ? worlds_.at("") : own->second).answer(connection, request);
  if (seen.certificate == nullptr) return seen;
  Certificate certificate = *seen.certificate;
  certificate.not_before = {world_began.unix_seconds - days(30)};
  certificate.not_after = {world_began.unix_seconds + days(60)};
  seen.certificate = std::make_shared<const Certificate>(std::move(certificate));
  return seen;
}

Instant WatchedWorld::now() const {
  const auto passed = std::chrono::duration_cast<std::chrono::seconds>(loop.elapsed()).count();
  return {world_began.unix_seconds + passed + clock_error};
}

Watcher& WatchedWorld::watcher() {
  if (watcher_ != nullptr) return *watcher_;
  WatcherWorld world{.loop = loop,
                     .asker = asker,
                     .resolver = resolver,
                     .store = store,
                     .wall_clock = [this] { return now(); },
                     .chance = [] { return 0.5; },
                     .configured = [this](const WatchSettings&) { return configured; },
                     .progress = {},
                     .version = "1"};
  Result<std::unique_ptr<Watcher>> made = Watcher::make(settings, std::move(world));
  EXPECT_TRUE(made) << made.error().message;
  watcher_ = std::move(*made);
  return *watcher_;
}

const WatchState& WatchedWorld::round() {
  // No two rounds of a watcher have the same time.
  EXPECT_TRUE(loop.run_until_done(let_pass(loop, between_rounds)));
  const auto done = loop.run_until_done(watcher().one_round());
  EXPECT_TRUE(done && *done);
  return watcher_->state();
}

std::vector<std::string> WatchedWorld::events() const {
  std::vector<std::string> texts;
  for (const ProblemEvent& event : watcher_->state().last_round->events)
    texts.push_back(fmt::format("{} {} {}: {}", to_string(event.step), to_string(event.problem.kind),
                                event.problem.to, event.problem.sentence));
  return texts;
}

astray::test::FakeSite site(const std::string& name) {
  return {name, fmt::format("<h1>Page {}</h1>", std::hash<std::string>()(name)), {name}};
}

}  // namespace astray::watch::test
