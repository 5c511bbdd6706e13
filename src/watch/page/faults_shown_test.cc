// What is wrong with the watcher itself is said on its page: from a world in which it happens to the state
// that the page is drawn from.
#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.h"
#include "watch/page/page_json.h"
#include "watch/store/sqlite_store.h"
#include "watch/watched_world_test.h"

namespace astray::watch {
namespace {

using test::site;
using test::WatchedWorld;

/// Two names at two nodes.
struct FaultsBench {
  WatchedWorld world{{site("a.example"), site("b.example")}};

  FaultsBench() {
    for (const char* name : {"a.example", "b.example"})
      for (const char* node : {"192.0.2.1", "192.0.2.2"})
        world.settings.targets.push_back(*parse_target(std::string(name) + "@" + node));
  }
  std::string shown() { return state_json(world.watcher().state(), world.now(), PageUse::shows); }
  /// The list of the watcher's own troubles, as the page has it.
  std::string troubles() {
    const std::string state = shown();
    const size_t begin = state.find("\"troubles\":");
    return state.substr(begin, state.find("\"trouble_count\"") - begin);
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(FaultsShown, NothingWhereNothingIsWrong) {
  FaultsBench bench;
  bench.world.round();
  EXPECT_EQ(bench.troubles(), "\"troubles\":[],");
}

TEST(FaultsShown, AClockThatJumped) {
  FaultsBench bench;
  bench.world.round();
  bench.world.clock_error = -7200;
  bench.world.round();
  EXPECT_TRUE(has(bench.troubles(), "the machine's clock jumped: 7200 s back")) << bench.troubles();
}

TEST(FaultsShown, ADnsOutage) {
  WatchedWorld world({site("a.example")});
  world.settings.targets = {*parse_target("https://a.example")};
  const Hostname name = *Hostname::parse("a.example");
  world.resolver.set(name, {*IpAddress::parse("192.0.2.1")});
  world.round();
  world.resolver.set(name, ResolveError{ResolveError::Kind::timed_out, "no DNS server answered"});
  world.round();
  const std::string state = state_json(world.watcher().state(), world.now(), PageUse::shows);
  EXPECT_TRUE(has(state, "\"troubles\":[\"DNS: ")) << state;
  EXPECT_TRUE(has(state, "\"node_count\":1")) << "what was known is asked on";
}

TEST(FaultsShown, AllNodesDownIsOneThing) {
  FaultsBench bench;
  bench.world.round();
  for (const char* node : {"192.0.2.1:443", "192.0.2.2:443"}) bench.world.silence(node, true);
  for (int round = 0; round < 3; ++round) bench.world.round();
  const std::string state = bench.shown();
  EXPECT_TRUE(has(state, "\"problem_counts\":{\"error\":1,\"warning\":0,\"info\":0,\"suspected\":0}"))
      << state;
  EXPECT_TRUE(has(state, "\"kind\":\"nothing-answers\"")) << state;
}

TEST(FaultsShown, AFullStore) {
  FaultsBench bench;
  bench.world.store_bytes = 1;  // as many pages as the tables need, and no more
  bench.world.round();
  // Other pages each time: each answer is new to the store.
  for (int round = 0; round < 500 && bench.world.watcher().state().troubles.empty(); ++round) {
    const std::string turn = std::to_string(round) + std::string(200, 'x');
    bench.world.be({{"a.example", "<h1>Page a " + turn + "</h1>", {"a.example"}},
                    {"b.example", "<h1>Page b " + turn + "</h1>", {"b.example"}}});
    bench.world.round();
  }
  EXPECT_TRUE(has(bench.troubles(), "the store fails: ")) << bench.troubles();
  EXPECT_TRUE(has(bench.troubles(), "full")) << bench.troubles();
}

TEST(FaultsShown, ACorruptStoreThatWasPutAside) {
  const astray::test::TemporaryFolder folder;
  const std::string path = folder.path_of("watch.db");
  {
    FaultsBench before;
    before.world.store_path = path;
    before.world.round();
  }
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);  // behind the header that says that it is a store (sqlite.org/fileformat.html §1.3)
    file << std::string(3000, '\x5a');
  }
  FaultsBench bench;
  bench.world.store_path = path;
  bench.world.round();
  EXPECT_TRUE(has(bench.troubles(), "watch.db was corrupt: it is put aside as ")) << bench.troubles();
  EXPECT_TRUE(has(bench.troubles(), ".corrupt-")) << bench.troubles();
  EXPECT_TRUE(has(bench.shown(), "\"rounds\":1")) << "it goes on";
}

TEST(FaultsShown, AStoreThatAnotherWatcherWrites) {
  const astray::test::TemporaryFolder folder;
  const std::string path = folder.path_of("watch.db");
  const auto other = open_store(path, {0});
  ASSERT_TRUE(other);
  FaultsBench bench;
  bench.world.store_path = path;
  bench.world.round();
  EXPECT_TRUE(has(bench.troubles(), "the store fails: ")) << bench.troubles();
  EXPECT_TRUE(has(bench.troubles(), "process " + std::to_string(getpid())))
      << "who has it: " << bench.troubles();
}

/// An outlet whose receiver is away; what each kind says of itself is in its own test.
class AwayOutlet final : public Outlet {
 public:
  explicit AwayOutlet(std::string name) : name_(std::move(name)) {}
  const std::string& name() const override { return name_; }
  void offer(const std::shared_ptr<const RoundRecord>&) override {}
  Task<void> run() override { co_return; }
  std::optional<std::string> trouble() const override {
    return is_away ? std::optional<std::string>("connection refused") : std::nullopt;
  }
  bool is_away = true;

 private:
  std::string name_;
};

TEST(FaultsShown, ReceiversThatAreAwayUntilTheyAreBack) {
  FaultsBench bench;
  AwayOutlet clickhouse("clickhouse http://127.0.0.1:8123"), nats("nats nats://127.0.0.1:4222");
  bench.world.watcher().add_outlet(clickhouse);
  bench.world.watcher().add_outlet(nats);
  bench.world.round();
  EXPECT_EQ(
      bench.troubles(),
      "\"troubles\":[\"clickhouse http://127.0.0.1:8123: connection refused\",\"nats nats://127.0.0.1:4222: "
      "connection refused\"],");
  clickhouse.is_away = nats.is_away = false;
  bench.world.round();
  EXPECT_EQ(bench.troubles(), "\"troubles\":[],");
}

}  // namespace
}  // namespace astray::watch
