#pragma once
// A problem and its events as JSON, in one form for all who tell of them: webhooks, the page, `history`,
// `--once` (docs/schema/watch-event.schema.json).
#include "base/json_writer.h"
#include "watch/model/problem.h"

namespace astray::watch {

/// The members of an object that is begun by the caller.
void write_problem_members(JsonWriter& json, const Problem& problem);
/// "acknowledged" and "silenced": who, why, since when; each may be null.
void write_remark_members(JsonWriter& json, const Problem& problem);
/// "at", "by" and "why" of an object that is begun by the caller.
void write_remark(JsonWriter& json, const Remark& remark);
/// "number", "at", "step", and "problem".
void write_event_members(JsonWriter& json, const ProblemEvent& event);
/// Question and answer, without CellRecord::evidence.
void write_cell_members(JsonWriter& json, const CellRecord& cell);
void write_answer_members(JsonWriter& json, const CellAnswer& answer);

/// Names of one problem that are written out; the rest is counted ("affected_name_count").
inline constexpr size_t most_names_written = 200;

}  // namespace astray::watch
