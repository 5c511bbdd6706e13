#pragma once
// A watcher in virtual time, over a world of a few lines and a store in memory.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "io/fake/resolver.h"
#include "io/fake/virtual_loop.h"
#include "probe/fake_world_test.h"
#include "watch/watcher.h"

namespace astray::watch::test {

/// Answers by a function instead of a network; each connection takes a millisecond.
class FakeAsker final : public Asker {
 public:
  explicit FakeAsker(Loop& loop) : loop_(loop) {}
  Task<ProbeSummary> ask(ProbeRun run) override;

  astray::test::FakeWorld::Answer answer;
  Duration of_a_connection = std::chrono::milliseconds(1);
  std::vector<uint64_t> cells;  ///< of each run
  /// Every question of the last run, "SNI>Host node".
  std::vector<std::string> asked;

 private:
  Loop& loop_;
};

class WatchedWorld {
 public:
  explicit WatchedWorld(std::vector<astray::test::FakeSite> sites);

  fake::VirtualLoop loop;
  fake::Resolver resolver;
  FakeAsker asker;
  StoreKeeper store;
  WatchSettings settings;  ///< before the first round
  std::shared_ptr<const Configured> configured = std::make_shared<const Configured>();
  int64_t clock_error = 0;  ///< seconds that the wall clock is wrong
  std::string store_path = ":memory:";  ///< before the first round
  uint64_t store_bytes = 0;             ///< that it may have; 0: any number
  /// When set, the store fails so at everything.
  std::optional<StoreError> store_fails;

  /// Other sites from now on, at all nodes or at one.
  void be(std::vector<astray::test::FakeSite> sites);
  void be_at(const std::string& node, std::vector<astray::test::FakeSite> sites);
  /// The node says nothing any more, or again.
  void silence(const std::string& node, bool silent);
  /// Made from the settings at the first call.
  Watcher& watcher();
  const WatchState& round();
  const WatchState& watcher_state() const { return watcher_->state(); }
  /// Another watcher on the same store, as after a restart; its outlets are to be added anew.
  void restart() { watcher_.reset(); }
  /// The events of the last round: "opened misdirected a.example".
  std::vector<std::string> events() const;
  Instant now() const;

 private:
  Observation answer(const ConnectionQuestion& connection, const RequestQuestion& request) const;
  std::map<std::string, astray::test::FakeWorld> worlds_;  ///< by node; "" for all others
  std::set<std::string> silent_;
  std::unique_ptr<Watcher> watcher_;
};

/// A site with a page and a certificate of its own.
astray::test::FakeSite site(const std::string& name);

}  // namespace astray::watch::test
