// A store whose bytes are not what was written: nothing stops the program, what can be told is told, and a
// corrupt store is put aside with what it holds.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "support/temporary_folder.h"
#include "watch/store/sqlite_store.h"
#include "watch/store/store_records_test.h"

namespace astray::watch {
namespace {

namespace fs = std::filesystem;
using test::after;

std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A closed store with some of everything in it.
std::string make_store(const std::string& path) {
  auto store = std::move(open_store(path, after(0))->store);
  for (int number = 0; number < 12; ++number) {
    RoundRecord round = test::round_at(after(60 * number));
    for (int i = 0; i < 30; ++i)
      round.answers.push_back(
          test::record(test::key(std::to_string(i % 3) + ":443", "a.test", std::to_string(i) + ".test"),
                       test::answer(number % 3 == 0 ? 200 : 421), "{\"cell\":1}"));
    round.problems = {test::problem()};
    round.events = {{.number = 0, .at = round.began, .step = ProblemStep::grown, .problem = test::problem()}};
    round.certificates = {{.fingerprint = "00ff",
                           .names = {"a.test"},
                           .subject = "s",
                           .issuer = "i",
                           .not_before = {},
                           .not_after = {}}};
    round.coalescible = {
        {.from = "a.test", .to = "b.test", .node = "n:443", .clients = "c", .would_get = CellVerdict::own}};
    round.refusals = {{.node = "n", .from = "a.test", .to = "b.test", .count = 3}};
    const std::vector<Parcel> parcels{{0, "o", "payload"}};
    EXPECT_TRUE(store->add_round(round, parcels));
  }
  store.reset();
  return read_bytes(path);
}

class Outcomes {
 public:
  template <typename T>
  void note(const Stored<T>& stored) {
    if (stored) return;
    EXPECT_TRUE(stored.error().trouble == StoreTrouble::corrupt ||
                stored.error().trouble == StoreTrouble::failed)
        << stored.error().message;
    if (stored.error().trouble == StoreTrouble::corrupt) ++corrupt_;
  }
  int corrupt() const { return corrupt_; }

 private:
  int corrupt_ = 0;
};

/// Asks and does everything once.
int use(Store& store) {
  Outcomes outcomes;
  outcomes.note(store.latest(std::vector{test::key("0:443", "a.test", "0.test")}));
  outcomes.note(store.spans({}));
  outcomes.note(store.spans(test::spans_of("1.test", "a.test")));
  outcomes.note(store.present({}));
  outcomes.note(store.present(test::spans_of({}, "a.test")));
  outcomes.note(store.unresolved_problems());
  outcomes.note(store.problem("0123abcd"));
  outcomes.note(store.events({}));
  outcomes.note(store.rounds({}, 100));
  outcomes.note(store.refusals(after(0), after(10'000), 100));
  outcomes.note(store.certificates());
  const std::vector<CoalescibleRecord> pairs{{.from = "a.test", .to = "b.test", .node = "n:443", .clients = {}}};
  outcomes.note(store.coalescible(pairs));
  outcomes.note(store.cursors());
  outcomes.note(store.parcels("o", 100));
  RoundRecord round = test::round_at(after(5000));
  for (int i = 0; i < 30; ++i)
    round.answers.push_back(
        test::record(test::key("0:443", "a.test", std::to_string(i) + ".test"), test::answer(500)));
  outcomes.note(store.add_round(round, {}));
  outcomes.note(store.forget_before(after(300), 50));
  return outcomes.corrupt();
}

TEST(StoreCorruption, AHeaderThatForbidsWritingIsNoMatterOfPermissions) {
  const astray::test::TemporaryFolder folder;
  std::string bytes = make_store(folder.path_of("whole.db"));
  constexpr size_t write_version = 18;  // of the file format (sqlite.org/fileformat.html §1.3)
  bytes[write_version] = 9;
  const std::string path = folder.path_of("forbidden.db");
  write_bytes(path, bytes);
  auto opened = open_store(path, after(100'000));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_GT(use(*opened->store), 0) << "corrupt: the watcher begins it anew";
}

TEST(StoreCorruption, FlippedBytesStopNothing) {
  const astray::test::TemporaryFolder folder;
  const std::string whole = make_store(folder.path_of("whole.db"));
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random);
  };
  int put_aside = 0, noticed = 0;
  for (int turn = 0; turn < 120; ++turn) {
    std::string bytes = whole;
    // The first page (header and schema) in every third turn: it is small beside the rest.
    const size_t range = turn % 3 == 0 ? 4096 : bytes.size();
    for (size_t i = 1 + below(20); i > 0; --i) bytes[below(range)] ^= static_cast<char>(1 + below(255));
    const std::string path = folder.path_of(std::to_string(turn) + ".db");
    write_bytes(path, bytes);
    auto opened = open_store(path, after(100'000));
    if (!opened) {
      // The bytes that say that it is a store, or its version, were hit.
      EXPECT_TRUE(opened.error().trouble != StoreTrouble::corrupt) << opened.error().message;
      EXPECT_EQ(read_bytes(path), bytes) << "what is not known as a store is left as it is";
      continue;
    }
    if (!opened->said.empty()) {
      ++put_aside;
      EXPECT_EQ(read_bytes(path + ".corrupt-2023-11-16T02-00-00Z"), bytes);
      EXPECT_TRUE(opened->store->rounds({}, 10)->empty());
      EXPECT_EQ(use(*opened->store), 0) << "the new one is sound";
      continue;
    }
    if (use(*opened->store) > 0) ++noticed;
  }
  EXPECT_GT(put_aside, 3);
  EXPECT_GT(noticed, 3);
}

TEST(StoreCorruption, AStoreThatTurnsOutCorruptIsBegunAnew) {
  const astray::test::TemporaryFolder folder;
  const std::string path = folder.path_of("watch.db");
  std::string bytes = make_store(path);
  // All pages behind the first: the schema is there, and nothing that it speaks of.
  std::fill(bytes.begin() + 4096, bytes.end(), '\x5a');
  write_bytes(path, bytes);
  auto opened = open_store(path, after(0));
  ASSERT_TRUE(opened) << opened.error().message;
  if (opened->said.empty()) {
    EXPECT_GT(use(*opened->store), 0);
    opened->store.reset();
    opened = begin_store_anew(path, after(0));
    ASSERT_TRUE(opened) << opened.error().message;
  }
  EXPECT_NE(opened->said.find(path + ".corrupt-2023-11-14T22-13-20Z"), std::string::npos) << opened->said;
  EXPECT_EQ(use(*opened->store), 0);
  opened->store.reset();
  // Twice in one second: neither takes the other's place.
  const auto again = begin_store_anew(path, after(0));
  ASSERT_TRUE(again);
  EXPECT_NE(again->said.find("22-13-20Z-2"), std::string::npos) << again->said;
  EXPECT_TRUE(fs::exists(path + ".corrupt-2023-11-14T22-13-20Z"));
}

TEST(StoreCorruption, AStoreCutShortIsPutAside) {
  const astray::test::TemporaryFolder folder;
  const std::string whole = make_store(folder.path_of("whole.db"));
  for (const size_t size : {size_t{100}, size_t{512}, size_t{4096}, whole.size() / 2, whole.size() - 4096}) {
    const std::string path = folder.path_of(std::to_string(size) + ".db");
    write_bytes(path, std::string_view(whole).substr(0, size));
    auto opened = open_store(path, after(0));
    ASSERT_TRUE(opened) << size << ": " << opened.error().message;
    EXPECT_TRUE(!opened->said.empty() || use(*opened->store) > 0) << size;
  }
}

}  // namespace
}  // namespace astray::watch
