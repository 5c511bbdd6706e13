// The watcher's store at the size of a fleet. Makes one of many spans by adding rounds as the watcher does,
// and measures what a round, the page and `astray history` ask of it.
//
//   watch_store make FILE [SPANS]     10,000,000 spans of 1,000,000 questions by default
//   watch_store measure FILE          rounds of 10,000 cells, the page's first questions
//   watch_store scatter FILE          rounds whose every cell is on another page, which no watcher asks
//   watch_store pair FILE             a pair's history, once: run it in a process of its own
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <string>

#include "watch/store/sqlite_store.h"

namespace {

using namespace astray;
using namespace astray::watch;

constexpr size_t cells_of_round = 10'000;
constexpr size_t windows = 100;  ///< rounds until each question has had its turn
constexpr size_t name_count = 5'000;
constexpr size_t node_count = 5;
constexpr int64_t began = 1'790'000'000;

std::string name(size_t number) {
  return fmt::format("service-{}.tenants.example.test", number % name_count);
}
std::string node(size_t number) {
  return fmt::format("192.0.2.{}:443", 1 + number % node_count);
}

/// The window's questions as a ring: each name with its n-th neighbour, on every node.
CellKey key(size_t window, size_t cell) {
  const size_t pair = cell / node_count;
  return {.node = node(cell),
          .sni = name(pair),
          .authority = name(pair + 1 + window * 2 + pair / name_count),
          .alpn = AlpnOffer::h2,
          .use = ConnectionUse::reused,
          .client_certificate = 0};
}

CellRecord record(size_t window, size_t cell, size_t turn) {
  CellRecord record;
  record.key = key(window, cell);
  record.answer.verdict = turn % 2 == 0 ? CellVerdict::own : CellVerdict::rejected_421;
  record.answer.reason = turn % 2 == 0 ? Reason::coalesced : Reason::certificate_gap;
  record.answer.status = turn % 2 == 0 ? 200 : 421;
  record.answer.protocol = "h2";
  record.answer.certificate = fmt::format("{:064x}", cell / node_count % 50 + turn * 50);
  record.answer.answered_as = turn % 2 == 0 ? record.key.authority : "";
  record.sentence = fmt::format("{} answered {} on a connection opened for {} with status {}",
                                record.key.node, record.key.authority, record.key.sni, record.answer.status);
  return record;
}

RoundRecord make_round(size_t number, size_t turn) {
  RoundRecord round;
  round.began = {began + static_cast<int64_t>(number) * 60};
  round.cells = cells_of_round;
  for (size_t cell = 0; cell < cells_of_round; ++cell)
    round.answers.push_back(record(number % windows, cell, turn));
  return round;
}

/// The n-th cells of many windows: every row of the round is on another page.
RoundRecord scattered_round(size_t number, size_t turn) {
  RoundRecord round;
  round.began = {began + static_cast<int64_t>(number) * 60};
  for (size_t cell = 0; cell < cells_of_round; ++cell)
    round.answers.push_back(record(cell % windows, cell / windows * 97 % cells_of_round, turn));
  return round;
}

SpanQuery query_of(std::optional<std::string> authority, std::optional<std::string> sni,
                   std::optional<std::string> node) {
  SpanQuery query;
  query.authority = std::move(authority);
  query.sni = std::move(sni);
  query.node = std::move(node);
  return query;
}

/// The processor's time, which other programs of a busy machine do not add to, beside the clock's.
struct Took {
  double processor = 0, clock = 0;
};

template <typename Step>
Took took(Step step) {
  const auto clock = std::chrono::steady_clock::now();
  const std::clock_t processor = std::clock();
  step();
  return {
      .processor = 1000.0 * static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC,
      .clock = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - clock).count()};
}

template <typename Step>
void show(std::string_view what, Step step) {
  const Took time = took(step);
  fmt::print("{}: {:.1f} ms ({:.1f} ms of the processor)\n", what, time.clock, time.processor);
}

template <typename T>
T need(Stored<T> stored) {
  if (!stored) {
    fmt::print(stderr, "watch_store: {}\n", stored.error().message);
    std::exit(2);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*stored);
}

void make(const std::string& path, size_t spans) {
  const auto opened = need(open_store(path, {began}));
  Took all;
  const size_t rounds = spans / cells_of_round;
  for (size_t number = 0; number < rounds; ++number) {
    RoundRecord round = make_round(number, number / windows);
    const Took one = took([&] { need(opened.store->add_round(round, {})); });
    all.processor += one.processor / static_cast<double>(rounds);
    all.clock += one.clock / static_cast<double>(rounds);
    if (number % 100 == 99) fmt::print(stderr, "{} rounds\n", number + 1);
  }
  fmt::print(
      "add_round, each of {} questions new or answered otherwise: {:.0f} ms ({:.0f} ms of the processor)\n",
      cells_of_round, all.clock, all.processor);
  fmt::print("{} spans: {} MiB\n", rounds * cells_of_round, std::filesystem::file_size(path) >> 20);
}

void measure_round(Store& store, std::string_view what, RoundRecord round) {
  std::vector<CellKey> keys;
  for (const CellRecord& answer : round.answers) keys.push_back(answer.key);
  show(fmt::format("latest, {}", what), [&] { need(store.latest(keys)); });
  show(fmt::format("add_round, {}", what), [&] { need(store.add_round(round, {})); });
}

void measure_rounds(Store& store, size_t number, size_t turn) {
  for (size_t i = 1; i < 4; ++i)
    measure_round(store, "nothing changed", make_round(number + windows * i, turn));
  measure_round(store, "everything changed", make_round(number + windows * 4, turn + 1));
}

void scatter(const std::string& path) {
  const auto store = need(open_store(path, {began})).store;
  const uint64_t number = need(store->rounds({}, 1)).front().number;
  for (size_t i = 0; i < 2; ++i)
    measure_round(*store, "all over the table", scattered_round(number + i, number / windows - 1));
}

void measure(const std::string& path) {
  std::unique_ptr<Store> store;
  show("open", [&] { store = need(open_store(path, {began})).store; });
  show("present, newest 1000", [&] { need(store->present({})); });
  show("present, newest 1000 of a node", [&] { need(store->present(query_of({}, {}, node(3)))); });
  show("present, newest 1000 of a name", [&] { need(store->present(query_of(name(77), {}, {}))); });
  show("present, newest 1000 of an SNI", [&] { need(store->present(query_of({}, name(77), {}))); });
  show("spans, newest 1000", [&] { need(store->spans({})); });
  show("spans, newest 1000 of a name", [&] { need(store->spans(query_of(name(77), {}, {}))); });
  const uint64_t number = need(store->rounds({}, 1)).front().number;
  show(fmt::format("rounds, all {}", number), [&] { need(store->rounds({}, 100'000)); });
  measure_rounds(*store, number / windows * windows, number / windows - 1);
  show("forget_before, 10,000 rows", [&] { need(store->forget_before({began + 3'000}, cells_of_round)); });
}

void pair(const std::string& path) {
  show("a pair's history, with opening the store", [&] {
    const auto store = need(read_store(path));
    const CellKey asked = key(3, 5'000);
    const auto spans = need(store->spans(query_of(asked.authority, asked.sni, {})));
    fmt::print("{} spans of {} on a connection for {}\n", spans.size(), asked.authority, asked.sni);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 2 ? argv[1] : "";
  if (mode == "make")
    make(argv[2], argc > 3 ? std::stoull(argv[3]) : 10'000'000);
  else if (mode == "measure")
    measure(argv[2]);
  else if (mode == "scatter")
    scatter(argv[2]);
  else if (mode == "pair")
    pair(argv[2]);
  else {
    fmt::print(stderr, "usage: watch_store make|measure|scatter|pair FILE [SPANS]\n");
    return 2;
  }
  return 0;
}
