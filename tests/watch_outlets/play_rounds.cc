// Plays a watcher for tests of its outlets: makes rounds, stores them and offers them, as fast as it is told,
// while the real outlets send to real receivers.
//
//   play_rounds store=FILE rounds=N cells=M every=MILLISECONDS [webhook=URL secret=FILE] [alertmanager=URL]
//               [clickhouse=URL user=U password=FILE] [nats=URL region=R] [patience=SECONDS] [metrics=FILE]
//
// In round 2 and every tenth one after it a problem opens; three rounds later it is resolved. Prints "stored
// ROUND CELLS EVENTS" when the store has a round, "trouble OUTLET: SENTENCE" when one changes, "delivered"
// once nothing waits. Ends with 0 then, with 1 when patience is over. With nats= and without region= it makes
// no rounds, and prints "heard NODES ANSWERS FAILED" whenever that changes.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <random>

#include "io/cares_resolver.h"
#include "io/epoll_loop.h"
#include "io/sleep.h"
#include "io/socket_network.h"
#include "watch/outlets/all_outlets.h"
#include "watch/store/sqlite_store.h"

namespace astray::watch {
namespace {

using Arguments = std::map<std::string, std::string>;

uint64_t number(const Arguments& arguments, const std::string& name, uint64_t fallback) {
  const auto found = arguments.find(name);
  return found == arguments.end() ? fallback : std::stoull(found->second);
}

std::string text(const Arguments& arguments, const std::string& name) {
  const auto found = arguments.find(name);
  return found == arguments.end() ? "" : found->second;
}

Instant now() {
  return {std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())};
}

WatchSettings settings_of(const Arguments& arguments) {
  WatchSettings settings;
  if (arguments.contains("webhook"))
    settings.webhooks.push_back(
        {text(arguments, "webhook"), text(arguments, "secret"), std::chrono::seconds(5)});
  if (arguments.contains("alertmanager"))
    settings.alertmanagers.push_back({text(arguments, "alertmanager"), std::chrono::seconds(5)});
  if (arguments.contains("clickhouse"))
    settings.clickhouse = {text(arguments, "clickhouse"), "astray", text(arguments, "user"),
                           text(arguments, "password")};
  if (arguments.contains("nats")) settings.nats = {text(arguments, "nats"), "", text(arguments, "region")};
  return settings;
}

Problem problem_of_round(uint64_t round) {
  Problem problem;
  problem.kind = ProblemKind::certificate_gap;
  problem.severity = Severity::error;
  problem.cause_key = std::to_string(round);
  problem.id = fmt::format("{:08x}", round);
  problem.from = problem.to = fmt::format("n{}.example", round);
  problem.sentence = fmt::format("the certificate of {} does not cover it", problem.to);
  problem.cause = "it was renewed without the name";
  problem.next_step = "astray probe " + problem.to;
  problem.nodes = {"192.0.2.1:443", "192.0.2.2:443"};
  problem.affected_names = {problem.to};
  problem.symptoms = {"clients refuse it"};
  problem.symptom_count = 1;
  problem.first_seen = problem.last_seen = now();
  return problem;
}

class Player {
 public:
  Player(Loop& loop, Store& store, Outlets& outlets, const Arguments& arguments)
      : loop_(loop), store_(store), outlets_(outlets), arguments_(arguments) {
    state_.version = "1.2.3";
    state_.store_id = store.id();
    state_.nodes = {"192.0.2.1:443", "192.0.2.2:443", "192.0.2.3:443"};
    for (const auto& outlet : outlets.all()) running_.push_back(loop.spawn(outlet->run()));
  }

  /// The program's exit status.
  Task<int> play();
  Task<int> hear();

 private:
  RoundRecord make_round(uint64_t turn);
  bool add(RoundRecord round);
  void say_troubles();
  bool all_is_delivered();
  void write_metrics();

  Loop& loop_;
  Store& store_;
  Outlets& outlets_;
  const Arguments& arguments_;
  WatchState state_;
  std::vector<Problem> open_;
  std::map<std::string, std::string> said_;
  std::vector<SpawnedTask> running_;
};

RoundRecord Player::make_round(uint64_t turn) {
  RoundRecord round;
  round.began = now();
  round.took = std::chrono::milliseconds(123);
  const uint64_t cells = number(arguments_, "cells", 10);
  round.cells = round.cells_of_whole = cells;
  for (const std::string& node : state_.nodes) round.nodes.push_back({node, {}, cells / 3, 0, true});
  for (uint64_t i = 0; i < cells; ++i) {
    CellRecord cell;
    cell.key.node = state_.nodes[i % state_.nodes.size()];
    const std::string name = fmt::format("n{}.example", i / 3);
    cell.key.sni = i % 7 == 3 ? "other.example" : name;
    cell.key.authority = name;
    cell.answer.verdict = i % 7 == 3   ? CellVerdict::misdirected
                          : i % 3 == 1 ? CellVerdict::failed
                                       : CellVerdict::own;
    cell.answer.status = 200;
    cell.answer.certificate = std::string(63, '0') + "abc"[i % 3];
    cell.sentence = "answered";
    cell.took = std::chrono::microseconds(1000 + i);
    round.answers.push_back(cell);
  }
  for (const char digit : {'a', 'b', 'c'})
    round.certificates.push_back({std::string(63, '0') + digit,
                                  {fmt::format("{}.example", digit)},
                                  "CN=x",
                                  "CN=ca",
                                  {0},
                                  {1'900'000'000}});
  round.refusals = {{"access.log", "a.example", "b.example", 2}};
  if (turn % 10 == 2) {
    Problem problem = problem_of_round(turn);
    problem.state = ProblemState::open;
    problem.opened = round.began;
    open_.push_back(problem);
    round.events.push_back({0, round.began, ProblemStep::opened, problem});
  } else if (turn % 10 == 5 && !open_.empty()) {
    Problem problem = open_.front();
    open_.erase(open_.begin());
    problem.state = ProblemState::resolved;
    problem.closed = round.began;
    round.events.push_back({0, round.began, ProblemStep::resolved, problem});
    round.problems.push_back(problem);
  }
  round.problems.insert(round.problems.end(), open_.begin(), open_.end());
  return round;
}

bool Player::add(RoundRecord round) {
  std::vector<Parcel> parcels;
  for (const auto& outlet : outlets_.all()) {
    if (auto payload = outlet->parcel(round)) parcels.push_back({0, outlet->name(), std::move(*payload)});
  }
  const Stored<void> added = store_.add_round(round, parcels);
  if (!added) fmt::print("store: {}\n", added.error().message);
  if (added) fmt::print("stored {} {} {}\n", round.number, round.answers.size(), round.events.size());
  std::fflush(stdout);
  const auto shared = std::make_shared<const RoundRecord>(std::move(round));
  state_.last_round = shared;
  state_.problems = open_;
  ++state_.rounds;
  state_.cells += shared->answers.size();
  for (const auto& outlet : outlets_.all()) outlet->offer(shared);
  return added.has_value();
}

void Player::say_troubles() {
  for (const auto& outlet : outlets_.all()) {
    const std::string trouble = outlet->trouble().value_or("");
    if (std::exchange(said_[outlet->name()], trouble) == trouble) continue;
    fmt::print("trouble {}: {}\n", outlet->name(), trouble.empty() ? "none" : trouble);
    std::fflush(stdout);
  }
}

bool Player::all_is_delivered() {
  for (const auto& outlet : outlets_.all()) {
    if (outlet->trouble() || outlet->figures().waiting_since) return false;
  }
  return true;
}

void Player::write_metrics() {
  const std::string path = text(arguments_, "metrics");
  if (path.empty()) return;
  const std::string metrics = outlets_.metrics_text(state_);
  std::FILE* file = std::fopen(path.c_str(), "w");
  std::fwrite(metrics.data(), 1, metrics.size(), file);
  std::fclose(file);
}

Task<int> Player::play() {
  const uint64_t rounds = number(arguments_, "rounds", 1);
  const auto pause = std::chrono::milliseconds(number(arguments_, "every", 100));
  for (uint64_t turn = 1; turn <= rounds; ++turn) {
    if (!add(make_round(turn))) co_return 1;
    co_await sleep_for(loop_, pause);
    say_troubles();
  }
  write_metrics();
  const MonotonicTime end = loop_.now() + std::chrono::seconds(number(arguments_, "patience", 60));
  while (loop_.now() < end) {
    co_await sleep_for(loop_, std::chrono::milliseconds(50));
    say_troubles();
    if (!all_is_delivered()) continue;
    write_metrics();
    fmt::print("delivered\n");
    co_return 0;
  }
  co_return 1;
}

Task<int> Player::hear() {
  const MonotonicTime end = loop_.now() + std::chrono::seconds(number(arguments_, "patience", 60));
  std::map<CellKey, CellVerdict> heard;
  std::string said;
  while (loop_.now() < end) {
    co_await sleep_for(loop_, std::chrono::milliseconds(50));
    say_troubles();
    RoundRecord round;
    round.began = now();
    for (const auto& outlet : outlets_.all()) outlet->add_to(round);
    for (const CellRecord& cell : round.answers) heard[cell.key] = cell.answer.verdict;
    const auto failed =
        std::ranges::count(heard, CellVerdict::failed, &std::pair<const CellKey, CellVerdict>::second);
    std::string line = fmt::format("heard {} {} {}", round.nodes.size(), heard.size(), failed);
    if (line != said) fmt::print("{}\n", line);
    std::fflush(stdout);
    said = std::move(line);
  }
  co_return 0;
}

int play(const Arguments& arguments) {
  Stored<OpenedStore> opened = open_store(text(arguments, "store"), now());
  if (!opened) {
    fmt::print(stderr, "{}\n", opened.error().message);
    return 2;
  }
  EpollLoop loop;
  SocketNetwork network(loop);
  CaresResolver resolver(loop);
  Store* store = opened->store.get();
  client::Settings http;
  if (auto trust = tls::TrustStore::system()) http.trust = std::move(*trust);
  auto outlets =
      Outlets::create(settings_of(arguments), {loop, network, resolver, [store] { return store; },
                                               std::move(http), now, std::random_device()(), "1.2.3", &loop});
  if (!outlets) {
    fmt::print(stderr, "{}\n", outlets.error().message);
    return 2;
  }
  Player player(loop, *store, **outlets, arguments);
  const bool only_hears = arguments.contains("nats") && !arguments.contains("region");
  const auto status = loop.run_until_done(only_hears ? player.hear() : player.play());
  return status ? *status : 2;
}

}  // namespace
}  // namespace astray::watch

int main(int count, char** words) {
  std::map<std::string, std::string> arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos) {
      fmt::print(stderr, "{}: expected NAME=VALUE\n", word);
      return 2;
    }
    arguments.emplace(word.substr(0, equals), word.substr(equals + 1));
  }
  return astray::watch::play(arguments);
}
