#pragma once
// What `astray watch` prints of problems.
#include <string_view>
#include <vector>

#include "cli/console.h"
#include "watch/state.h"

namespace astray {

/// One round, with what is wrong. `format`: human, json, jsonl, junit or github.
void write_watch_round(const watch::WatchState& state, std::string_view format, ConsoleStream& out);

/// What became known while the watcher runs, a line each. `format`: human or jsonl.
void write_watch_event(const watch::ProblemEvent& event, std::string_view format, ConsoleStream& out);

/// Problems that count: those that were confirmed.
std::vector<const watch::Problem*> open_problems(const watch::WatchState& state);

}  // namespace astray
