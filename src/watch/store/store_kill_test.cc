// kill -9 at any moment: a child adds rounds and says which were acknowledged; whatever it said is there
// afterwards, whole, and the file is sound.
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "support/temporary_folder.h"
#include "watch/store/sqlite_store.h"
#include "watch/store/store_records_test.h"

namespace astray::watch {
namespace {

using test::after;
constexpr int cells_of_round = 40;

RoundRecord numbered_round(uint64_t number) {
  RoundRecord round = test::round_at(after(static_cast<int64_t>(number) * 60));
  for (int i = 0; i < cells_of_round; ++i)
    round.answers.push_back(test::record(test::key("n:443", "a.test", std::to_string(i) + ".test"),
                                         test::answer(static_cast<int>(number)), std::string(500, 'e')));
  round.problems = {test::problem()};
  round.problems[0].rounds_missing = static_cast<uint32_t>(number);
  round.events = {{.number = 0, .at = round.began, .step = ProblemStep::grown, .problem = test::problem()}};
  return round;
}

/// Never returns: adds rounds, forgets some, and writes each acknowledged number to the pipe.
[[noreturn]] void write_until_killed(const std::string& path, int acknowledged) {
  auto opened = open_store(path, after(0));
  if (!opened) _exit(1);
  Store& store = *opened->store;
  const auto rounds = store.rounds({}, 1);
  uint64_t number = rounds && !rounds->empty() ? rounds->front().number : 0;
  for (;;) {
    RoundRecord round = numbered_round(++number);
    const std::vector<Parcel> parcels{{0, "o", std::to_string(number)}};
    if (!store.add_round(round, parcels) || round.number != number) _exit(1);
    if (write(acknowledged, &number, sizeof number) != sizeof number) _exit(1);
    if (number % 50 == 0 && !store.forget_before(after(static_cast<int64_t>(number - 40) * 60), 500))
      _exit(1);
  }
}

std::string integrity(const std::string& path) {
  sqlite3* database = nullptr;
  std::string answer;
  const auto take = [](void* to, int, char** values, char**) {
    *static_cast<std::string*>(to) += values[0];
    return 0;
  };
  if (sqlite3_open(path.c_str(), &database) != SQLITE_OK ||
      sqlite3_exec(database, "PRAGMA integrity_check", take, &answer, nullptr) != SQLITE_OK)
    answer = sqlite3_errmsg(database);
  sqlite3_close(database);
  return answer;
}

/// `acknowledged`: the last number that the child said.
void expect_whole(const std::string& path, uint64_t acknowledged) {
  EXPECT_EQ(integrity(path), "ok");
  auto opened = open_store(path, after(0));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->said, "");
  Store& store = *opened->store;
  const auto rounds = store.rounds({}, 1);
  ASSERT_TRUE(rounds && !rounds->empty());
  const uint64_t last = rounds->front().number;
  // A round may have been stored whole and not been acknowledged any more.
  EXPECT_GE(last, acknowledged);
  EXPECT_LE(last, acknowledged + 1);
  const auto present = store.present({});
  ASSERT_TRUE(present) << present.error().message;
  ASSERT_EQ(present->size(), cells_of_round);
  for (const Span& span : *present) EXPECT_EQ(span.answer.status, static_cast<int>(last));
  EventQuery newest;
  newest.most = 1;
  const auto events = store.events(newest);
  ASSERT_TRUE(events && !events->empty());
  EXPECT_EQ(events->front().number, last);
  EXPECT_EQ((*store.unresolved_problems())[0].rounds_missing, last);
  // Of the last rounds no span is missing: each round's answer was another.
  const auto past = store.spans(test::at_most(10, test::spans_of("0.test")));
  ASSERT_TRUE(past);
  for (size_t i = 0; i < past->size(); ++i) EXPECT_EQ((*past)[i].answer.status, static_cast<int>(last - i));
  EXPECT_EQ(store.parcels("o", 100'000)->back().payload, std::to_string(last));
}

TEST(StoreKill, WhatWasAcknowledgedIsThereAfterKill9) {
  const astray::test::TemporaryFolder folder;
  const std::string path = folder.path_of("watch.db");
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  uint64_t last = 0;
  for (int turn = 0; turn < 25; ++turn) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(pipe_ends[0]);
      write_until_killed(path, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    // At least one round a turn, so that there is something to lose; then at any moment.
    ASSERT_EQ(read(pipe_ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last))
        << "the child failed";
    std::this_thread::sleep_for(
        std::chrono::microseconds(std::uniform_int_distribution<int>(0, 60'000)(random)));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    uint64_t number = 0;
    while (read(pipe_ends[0], &number, sizeof number) == static_cast<ssize_t>(sizeof number)) last = number;
    close(pipe_ends[0]);
    expect_whole(path, last);
    if (::testing::Test::HasFailure()) FAIL() << "turn " << turn;
  }
}

}  // namespace
}  // namespace astray::watch
