// What happens to a store from without: others that write or read it, files that are no store, newer and
// older ones, no room.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_folder.h"
#include "watch/store/record_codec.h"
#include "watch/store/schema.h"
#include "watch/store/sqlite_store.h"
#include "watch/store/store_records_test.h"

namespace astray::watch {
namespace {

namespace fs = std::filesystem;
using test::after;

/// A round with `cells` answers that no other round has.
RoundRecord bulky_round(int number, int cells) {
  RoundRecord round = test::round_at(after(number * 60));
  for (int i = 0; i < cells; ++i)
    round.answers.push_back(test::record(test::key("n:443", "a.test", std::to_string(i) + ".test"),
                                         test::answer(number % 2 == 0 ? 200 : 421),
                                         std::string(2000, static_cast<char>('a' + number % 26))));
  return round;
}

std::unique_ptr<Store> open_or_fail(const std::string& path, uint64_t most_bytes = 0) {
  auto opened = open_store(path, after(0), most_bytes);
  if (opened) return std::move(opened->store);
  ADD_FAILURE() << opened.error().message;
  return nullptr;
}

/// With another connection, as a person at the shell would.
std::string ask_sqlite(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  std::string answer = "cannot be opened";
  if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
    answer.clear();
    const auto take = [](void* to, int, char** values, char**) {
      *static_cast<std::string*>(to) += values[0] == nullptr ? "null" : values[0];
      return 0;
    };
    char* error = nullptr;
    if (sqlite3_exec(database, sql, take, &answer, &error) != SQLITE_OK) answer = error;
    sqlite3_free(error);
  }
  sqlite3_close(database);
  return answer;
}

class StoreFaults : public ::testing::Test {
 protected:
  astray::test::TemporaryFolder folder_;
  std::string path_ = folder_.path_of("watch.db");
};

TEST_F(StoreFaults, WhatWasStoredIsThereWhenItIsOpenedAgain) {
  std::string id;
  {
    auto store = open_or_fail(path_);
    id = store->id();
    RoundRecord round = bulky_round(1, 3);
    ASSERT_TRUE(store->add_round(round, {}));
  }
  auto store = open_or_fail(path_);
  EXPECT_EQ(store->id(), id);
  EXPECT_EQ(store->spans({})->size(), 3);
  RoundRecord round = bulky_round(2, 1);
  ASSERT_TRUE(store->add_round(round, {}));
  EXPECT_EQ(round.number, 2);
}

TEST_F(StoreFaults, NumbersAreNeverGivenTwiceAlsoWhenAllIsForgotten) {
  RoundRecord round = test::round_at(after(0));
  round.events = {{.number = 0,
                   .at = after(0),
                   .step = ProblemStep::opened,
                   .problem = test::problem("a", ProblemState::resolved)}};
  const std::vector<Parcel> parcels{{0, "o", "p"}};
  auto store = open_or_fail(path_);
  ASSERT_TRUE(store->add_round(round, parcels));
  ASSERT_TRUE(store->forget_parcels("o", 1));
  while (*store->forget_before(after(1000), 10)) {
  }
  EXPECT_TRUE(store->events({})->empty());
  EXPECT_TRUE(store->rounds({}, 10)->empty());
  store.reset();
  store = open_or_fail(path_);
  ASSERT_TRUE(store->add_round(round, parcels));
  EXPECT_EQ(round.number, 2);
  EXPECT_EQ(round.events[0].number, 2);
  EXPECT_EQ((*store->parcels("o", 1))[0].number, 2);
}

TEST_F(StoreFaults, ASecondWriterIsToldWhoHasIt) {
  auto store = open_or_fail(path_);
  const auto second = open_store(path_, after(0));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().trouble, StoreTrouble::in_use);
  EXPECT_NE(second.error().message.find("process " + std::to_string(getpid())), std::string::npos)
      << second.error().message;
  store.reset();
  EXPECT_TRUE(open_store(path_, after(0)));
}

TEST_F(StoreFaults, TheLockOfAWriterThatWasKilledIsFree) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto store = open_store(path_, after(0));
    const char byte = store ? 'y' : 'n';
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  const auto refused = open_store(path_, after(0));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("process " + std::to_string(child)), std::string::npos);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(open_store(path_, after(0)));
  close(ready[0]);
  close(ready[1]);
}

TEST_F(StoreFaults, TwoReadersGoOnBesideTheWriter) {
  auto writer = open_or_fail(path_);
  RoundRecord first = bulky_round(1, 5);
  ASSERT_TRUE(writer->add_round(first, {}));
  auto one = read_store(path_), other = read_store(path_);
  ASSERT_TRUE(one && other);
  EXPECT_EQ((*one)->id(), writer->id());
  for (int number = 2; number < 40; ++number) {
    RoundRecord round = bulky_round(number, 5);
    ASSERT_TRUE(writer->add_round(round, {}));
    EXPECT_EQ((*one)->spans({})->size(), static_cast<size_t>(5 * number));
    EXPECT_EQ((*other)->rounds({}, 100)->size(), static_cast<size_t>(number));
  }
  // What the writer forgets, and the numbers that it gives to others then, confuse no reader.
  while (*writer->forget_before(after(100 * 86400), 1000)) {
  }
  RoundRecord fresh = test::round_at(after(101 * 86400));
  fresh.answers = {test::record(test::key("m:443", "x.test", "y.test"), test::good_answer())};
  ASSERT_TRUE(writer->add_round(fresh, {}));
  const auto spans = (*one)->spans({});
  ASSERT_TRUE(spans) << spans.error().message;
  ASSERT_EQ(spans->size(), 1);
  EXPECT_EQ((*spans)[0].key, fresh.answers[0].key);
  RoundRecord refused = test::round_at(after(0));
  EXPECT_FALSE((*one)->add_round(refused, {}));
}

TEST_F(StoreFaults, WhatIsNoStoreIsRefusedAndLeftAsItIs) {
  const std::string text = folder_.write("watch.yaml", "targets: [https://a.example]\n");
  const std::string other = folder_.path_of("other.db");
  ask_sqlite(folder_.write("other.db", ""), "CREATE TABLE t(x); INSERT INTO t VALUES(1)");
  for (const std::string& path : {text, other, folder_.path(), folder_.path_of("no/such/folder/watch.db")}) {
    for (const auto& refused :
         {open_store(path, after(0)).map([](const auto&) {}), read_store(path).map([](const auto&) {})}) {
      ASSERT_FALSE(refused) << path;
      EXPECT_EQ(refused.error().trouble, StoreTrouble::unavailable) << refused.error().message;
    }
  }
  EXPECT_EQ(fs::file_size(text), 29);
  EXPECT_EQ(ask_sqlite(other, "SELECT x FROM t"), "1");
}

TEST_F(StoreFaults, AnEmptyFileBecomesAStore) {
  folder_.write("watch.db", "");
  EXPECT_EQ(open_or_fail(path_)->rounds({}, 1)->size(), 0);
}

TEST_F(StoreFaults, ANewerStoreIsLeftAlone) {
  open_or_fail(path_);
  ask_sqlite(path_, "PRAGMA user_version = 99");
  for (const auto& refused :
       {open_store(path_, after(0)).map([](const auto&) {}), read_store(path_).map([](const auto&) {})}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().trouble, StoreTrouble::other_version);
    EXPECT_NE(refused.error().message.find("version 99"), std::string::npos) << refused.error().message;
  }
  EXPECT_EQ(ask_sqlite(path_, "PRAGMA user_version"), "99");
}

TEST_F(StoreFaults, AnOlderStoreIsTakenForwardStepByStepOrNotAtAll) {
  const char* const one[] = {"CREATE TABLE a(x); INSERT INTO a VALUES(1)"};
  const char* const broken[] = {one[0], "ALTER TABLE a ADD COLUMN y", "ALTER TABLE nothing ADD COLUMN z"};
  const char* const three[] = {one[0], "ALTER TABLE a ADD COLUMN y DEFAULT 2", "UPDATE a SET x = x + y"};
  const auto prepare = [&](Access access, std::span<const char* const> steps) {
    Database database(path_, access);
    prepare_schema(database, access, steps);
    return database.trouble() ? std::optional(database.trouble()->trouble) : std::nullopt;
  };
  EXPECT_EQ(prepare(Access::write, one), std::nullopt);
  EXPECT_EQ(prepare(Access::read, three), StoreTrouble::other_version) << "a reader changes nothing";
  EXPECT_EQ(prepare(Access::write, broken), StoreTrouble::failed);
  EXPECT_EQ(ask_sqlite(path_, "PRAGMA user_version"), "1");
  EXPECT_EQ(prepare(Access::write, three), std::nullopt);
  EXPECT_EQ(ask_sqlite(path_, "SELECT x FROM a"), "3");
  EXPECT_EQ(ask_sqlite(path_, "PRAGMA user_version"), "3");
  EXPECT_EQ(prepare(Access::read, three), std::nullopt);
}

/// The first version's tables with a problem and its event, as that astray wrote them: without what people said.
void make_store_of_first_version(const std::string& path, const Problem& problem) {
  Database database(path, Access::write);
  prepare_schema(database, Access::write, schema_steps().first(1));
  std::string content = encode(problem);
  content.resize(content.size() - 2);  // two absent members
  Statement(database, "INSERT INTO problem VALUES(?1, 'drift', 'open', ?2, 0, NULL, ?3)")
      .with(problem.id, problem.last_seen, Blob{content})
      .run();
  Statement(database, "INSERT INTO event(at, step, problem, content) VALUES(?1, 'opened', ?2, ?3)")
      .with(problem.last_seen, problem.id, Blob{content})
      .run();
  EXPECT_TRUE(database.well()) << database.trouble()->message;
}

TEST_F(StoreFaults, ProblemsOfTheFirstVersionAreReadAndCanBeSilenced) {
  Problem problem = test::problem("old");
  problem.acknowledged.reset();
  problem.silenced.reset();
  problem.rounds_missing = 0;
  make_store_of_first_version(path_, problem);
  auto store = open_or_fail(path_);
  EXPECT_EQ(ask_sqlite(path_, "PRAGMA user_version"), "2");
  const auto problems = store->unresolved_problems();
  ASSERT_TRUE(problems) << problems.error().message;
  ASSERT_EQ(problems->size(), 1);
  EXPECT_EQ(encode(problems->front()), encode(problem));
  const auto events = store->events({});
  ASSERT_TRUE(events) << events.error().message;
  ASSERT_EQ(events->size(), 1);
  EXPECT_EQ(encode(events->front().problem), encode(problem));
  Silence silence{.until = after(60), .remark = {after(0), "Ann", ""}};
  EXPECT_TRUE(store->add_silence(silence));
}

/// Rounds are added until the store is full; what was acknowledged stays, and it goes on once there is room.
template <typename MakeRoom>
void fill_and_go_on(Store& store, MakeRoom make_room) {
  int number = 0;
  Stored<void> added;
  uint64_t acknowledged = 0;
  do {
    RoundRecord round = bulky_round(++number, 20);
    added = store.add_round(round, {});
    if (added) acknowledged = round.number;
  } while (added && number < 2000);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().trouble, StoreTrouble::full) << added.error().message;
  ASSERT_GT(acknowledged, 2);
  const auto rounds = store.rounds({}, 5000);
  ASSERT_TRUE(rounds) << rounds.error().message;
  EXPECT_EQ(rounds->size(), acknowledged);
  EXPECT_EQ(store.spans(test::at_most(100'000))->size(), 20 * acknowledged) << "of the refused round nothing";

  make_room(number);
  RoundRecord round = bulky_round(number, 20);
  added = store.add_round(round, {});
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(round.number, acknowledged + 1);
}

TEST_F(StoreFaults, AFullStoreGoesOnOnceItHasForgotten) {
  auto store = open_or_fail(path_, 1 << 20);
  fill_and_go_on(*store, [&](int number) {
    const auto more = store->forget_before(after(60 * number), 100'000);
    ASSERT_TRUE(more) << more.error().message;
    EXPECT_FALSE(*more);
  });
}

/// In a child with a file system of its own, where only root may make one. What fills it is another file:
/// what the store forgets gives room to the store alone.
TEST_F(StoreFaults, AFullFileSystemIsAFullStore) {
  const pid_t child = fork();
  if (child == 0) {
    constexpr int cannot = 77;
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=4m") != 0)
      _exit(cannot);
    const std::string ballast = folder_.write("ballast", std::string(1 << 20, 'b'));
    auto store = open_or_fail(path_);
    fill_and_go_on(*store, [&](int) { fs::remove(ballast); });
    store.reset();
    EXPECT_EQ(ask_sqlite(path_, "PRAGMA integrity_check"), "ok");
    _exit(HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "may not mount";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace astray::watch
