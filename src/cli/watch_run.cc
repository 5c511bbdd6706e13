#include "cli/watch_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "cli/probe_plan.h"
#include "cli/watch_machine.h"
#include "cli/watch_report.h"
#include "cli/watch_settings_file.h"
#include "gateway/configuration/configuration_problem.h"
#include "io/signals.h"
#include "proxy/operation/privileges.h"
#include "report/layout.h"

namespace astray {
namespace {

ProbeProgressLine progress_line(const WatchRequest& request, Console& console) {
  return {console, request.shows_progress ? ProbeProgressLine::When::on_terminal : ProbeProgressLine::When::never};
}

bool reaches(const watch::WatchState& state, std::string_view threshold) {
  if (threshold == "never") return false;
  const auto lowest = threshold == "error"     ? watch::Severity::error
                      : threshold == "warning" ? watch::Severity::warning
                                               : watch::Severity::info;
  const std::vector<const watch::Problem*> open = open_problems(state);
  return std::any_of(open.begin(), open.end(),
                     [&](const watch::Problem* problem) { return problem->severity >= lowest; });
}

bool lacks_evidence(const watch::WatchState& state) {
  return state.last_round == nullptr || state.last_round->cells == 0 || !state.troubles.empty() ||
         state.last_round->cells == state.last_round->failed;
}

/// Ctrl-C drops the round; a second one ends the process.
Task<void> stop_at_signal(SignalQueue& signals, watch::Watcher& watcher) {
  const int signal = co_await signals.next();
  watcher.stop();
  co_await signals.next();
  std::_Exit(128 + signal);
}

}  // namespace

ExitCode check_watch(const WatchRequest& request, Console& console) {
  const Result<watch::ReadSettings> read = read_watch_settings(request.settings_path);
  if (!read) return console.fail(read.error().message);
  console.out.output.write(read->problems_text(request.settings_path));
  if (gateway::has_errors(read->problems)) return ExitCode::findings;
  console.out.output.write(fmt::format("{}: good\n", request.settings_path));
  return ExitCode::success;
}

ExitCode plan_watch(const WatchRequest& request, Console& console) {
  std::optional<watch::WatchSettings> settings = good_watch_settings(request.settings_path, console);
  if (!settings) return ExitCode::failure;
  ProbeProgressLine progress = progress_line(request, console);
  WatchMachine machine(*settings, console, progress);
  auto watcher = watch::Watcher::make(std::move(*settings), machine.world());
  if (!watcher) return console.fail(watcher.error().message);
  auto planned = machine.loop().run_until_done((*watcher)->plan());
  if (!planned) return console.fail(planned.error().text());
  const watch::RoundPlan& plan = *planned;
  write_plan(Plan(plan.window.nodes, plan.window.axes, plan.questions), request.format, console.out);
  if (plan.window.cells < plan.window.cells_of_whole)
    console.note(fmt::format("this is one round of many: the whole matrix has {} cells, {}", plan.window.cells_of_whole,
                             plan.window.has_all_names ? "and pairs take turns" : "and names take turns"));
  for (const std::string& trouble : (*watcher)->troubles()) console.complain(trouble);
  return plan.window.cells == 0 || !(*watcher)->troubles().empty() ? ExitCode::failure : ExitCode::success;
}

ExitCode watch_once(const WatchRequest& request, Console& console) {
  std::optional<watch::WatchSettings> settings = good_watch_settings(request.settings_path, console);
  if (!settings) return ExitCode::failure;
  (void)proxy::raise_descriptor_limit();
  // One round tells what is; how long it has been so is for those who stay.
  settings->alerts.hold = {};
  ProbeProgressLine progress = progress_line(request, console);
  WatchMachine machine(*settings, console, progress);
  if (const auto opened = machine.store().open(); !opened) return console.fail(opened.error().message);
  auto watcher = watch::Watcher::make(std::move(*settings), machine.world());
  if (!watcher) return console.fail(watcher.error().message);
  SignalQueue signals(machine.loop(), {SIGINT, SIGTERM});
  const SpawnedTask stopping = machine.loop().spawn(stop_at_signal(signals, **watcher));
  const auto done = machine.loop().run_until_done((*watcher)->one_round());
  progress.clear();
  if (!done) return console.fail(done.error().text());
  if (!*done) return console.fail("interrupted: the round is not judged");
  const watch::WatchState& state = (*watcher)->state();
  write_watch_round(state, request.format, console.out);
  if (lacks_evidence(state)) return ExitCode::failure;
  return reaches(state, request.fail_on) ? ExitCode::findings : ExitCode::success;
}

}  // namespace astray
