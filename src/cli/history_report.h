#pragma once
// What `astray history` prints.
#include <string_view>

#include "cli/console.h"
#include "watch/history/history.h"

namespace astray {

/// `problems`: the events alone, without answers.
enum class HistoryPart : uint8_t { all, problems };

/// `format`: human, json or jsonl.
void write_history(const watch::History& history, HistoryPart part, std::string_view format, ConsoleStream& out);

}  // namespace astray
