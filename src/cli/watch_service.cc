// `astray watch` from its start to its end: rounds, outlets, signals, goodbye.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "cli/running_watch.h"
#include "cli/watch_report.h"
#include "cli/watch_run.h"
#include "cli/watch_settings_file.h"
#include "io/signals.h"
#include "io/sleep.h"
#include "proxy/operation/privileges.h"
#include "report/layout.h"
#include "watch/settings/restart.h"

namespace astray {
namespace {

/// Tells the events on standard output as they come.
class ConsoleOutlet final : public watch::Outlet {
 public:
  ConsoleOutlet(Loop& loop, std::string_view format, Console& console)
      : format_(format), console_(console), never_(loop) {}
  const std::string& name() const override { return name_; }
  void offer(const std::shared_ptr<const watch::RoundRecord>& round) override {
    for (const watch::ProblemEvent& event : round->events) write_watch_event(event, format_, console_.out);
  }
  void tell(const watch::ProblemEvent& event) override { write_watch_event(event, format_, console_.out); }
  Task<void> run() override { return never_.pass(); }
  std::optional<std::string> trouble() const override { return std::nullopt; }

 private:
  std::string name_ = "standard output";
  std::string_view format_;
  Console& console_;
  Gate never_;
};

/// Says what troubles the watcher, once when it begins and once when it is over.
class TroubleNotes {
 public:
  explicit TroubleNotes(Console& console) : console_(console) {}
  void show(const std::vector<std::string>& troubles) {
    for (const std::string& trouble : troubles)
      if (!is_among(trouble, shown_)) console_.complain(trouble);
    if (troubles.empty() && !shown_.empty()) console_.note("what troubled the watcher is over");
    shown_ = troubles;
  }

 private:
  static bool is_among(const std::string& text, const std::vector<std::string>& texts) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
  }
  Console& console_;
  std::vector<std::string> shown_;
};

std::optional<watch::WatchSettings> good_service_settings(const WatchRequest& request, Console& console) {
  std::optional<watch::WatchSettings> settings = good_watch_settings(request.settings_path, console);
  if (!settings || !request.is_agent) return settings;
  settings->is_agent = true;
  settings->page.listen.reset();
  return settings;
}

class WatchService {
 public:
  WatchService(const WatchRequest& request, watch::WatchSettings settings, Console& console)
      : request_(request),
        console_(console),
        progress_(console, ProbeProgressLine::When::never),
        machine_(settings, console, progress_),
        told_(machine_.loop(), request.format, console),
        running_(machine_, std::move(settings)),
        notes_(console),
        signals_(machine_.loop(), {SIGTERM, SIGINT, SIGHUP}) {}

  ExitCode run();

 private:
  Result<void> start();
  Task<void> supervise();
  Task<void> note_troubles();
  void reload();

  const WatchRequest& request_;
  Console& console_;
  ProbeProgressLine progress_;
  WatchMachine machine_;
  ConsoleOutlet told_;
  RunningWatch running_;
  TroubleNotes notes_;
  SignalQueue signals_;
  std::vector<SpawnedTask> tasks_;  ///< go before what they use
};

ExitCode WatchService::run() {
  if (const Result<void> started = start(); !started) return console_.fail(started.error().message);
  const auto done = machine_.loop().run_until_done(running_.watcher().run());
  tasks_.clear();
  running_.end();
  if (!done) return console_.fail(done.error().text());
  console_.note("ended");
  return ExitCode::success;
}

Result<void> WatchService::start() {
  (void)proxy::raise_descriptor_limit();
  const watch::WatchSettings& settings = running_.settings();
  if (settings.store.path.empty())
    console_.note("no store is set: what is found is forgotten when the watcher ends (store: watch.db keeps it)");
  if (Result<void> started = running_.start(); !started) return started;
  running_.add_outlet(told_);
  tasks_.push_back(machine_.loop().spawn(supervise()));
  tasks_.push_back(machine_.loop().spawn(note_troubles()));
  for (const std::string& address : running_.addresses()) console_.note(address);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(settings.pace.interval).count();
  console_.note(fmt::format("{} {}, a round every {} s",
                            settings.is_agent ? fmt::format("an agent of {}, asking", settings.nats->region) : "watching",
                            count(settings.targets.size(), "target"), seconds));
  return {};
}

Task<void> WatchService::supervise() {
  bool ending = false;
  for (;;) {
    const int signal = co_await signals_.next();
    if (signal == SIGHUP) {
      reload();
      continue;
    }
    if (ending) std::_Exit(128 + signal);
    ending = true;
    console_.note("ending: the round under way is dropped");
    running_.watcher().stop();
  }
}

Task<void> WatchService::note_troubles() {
  constexpr Duration pause = std::chrono::seconds(1);
  for (uint64_t revision = 0;;) {
    co_await sleep_for(machine_.loop(), pause);
    const watch::WatchState& state = running_.state();
    if (state.revision == revision) continue;
    revision = state.revision;
    notes_.show(state.troubles);
  }
}

void WatchService::reload() {
  std::optional<watch::WatchSettings> settings = good_service_settings(request_, console_);
  if (settings) settings->awaiting_restart = watch::keys_needing_restart(running_.settings(), *settings);
  if (settings && !settings->awaiting_restart.empty())
    console_.note(fmt::format("needs a restart: {}", fmt::join(settings->awaiting_restart, ", ")));
  Result<void> adopted = settings ? running_.watcher().adopt(std::move(*settings)) : Result<void>(failure("the settings have errors"));
  console_.note(adopted ? "settings are read again; they hold from the next round on"
                        : "not read again, all stays as it was: " + adopted.error().message);
}

}  // namespace

ExitCode watch_always(const WatchRequest& request, Console& console) {
  std::optional<watch::WatchSettings> settings = good_service_settings(request, console);
  if (!settings) return ExitCode::failure;
  return WatchService(request, std::move(*settings), console).run();
}

}  // namespace astray
