#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/watch_machine.h"
#include "cli/watch_port.h"
#include "watch/outlets/all_outlets.h"
#include "watch/page/watch_page.h"

namespace astray {

/// A watcher with its store, page, ports and receivers, as `astray watch` and `astray demo` have it.
class RunningWatch final : public watch::PageSource {
 public:
  /// The machine outlives it.
  RunningWatch(WatchMachine& machine, watch::WatchSettings settings)
      : machine_(machine), settings_(std::move(settings)) {}

  /// Opens all of it; rounds are the caller's to run. An Error says what cannot be opened.
  Result<void> start();
  /// After start(); told of each round as well.
  void add_outlet(watch::Outlet& outlet);
  /// Ends everything but rounds.
  void end() { tasks_.clear(); }

  watch::Watcher& watcher() { return *watcher_; }
  /// Of the start.
  const watch::WatchSettings& settings() const { return settings_; }
  /// For people, as WatchPorts has them.
  std::vector<std::string> addresses() const { return ports_.addresses(); }
  const watch::WatchState& state() const override { return watcher_->state(); }

 private:
  watch::Store* store() override { return &machine_.store(); }
  Instant now() const override;
  watch::Actions* actions() override;

  Result<void> open_outlets();
  Result<void> open_ports();

  WatchMachine& machine_;
  watch::WatchSettings settings_;
  std::unique_ptr<watch::Outlets> outlets_;
  std::unique_ptr<watch::Watcher> watcher_;
  std::unique_ptr<watch::WatchPage> page_;  ///< an agent has none
  WatchPorts ports_;
  std::vector<SpawnedTask> tasks_;  ///< go before what they use
};

}  // namespace astray
