#pragma once
// The members of the objects that `astray probe` writes as JSON (docs/schema/probe.schema.json).
#include "base/json_writer.h"
#include "report/probe_formats.h"

namespace astray {

void write_cell_members(JsonWriter& json, const ProbeCell& cell, const ProbeReport& report);
void write_finding_members(JsonWriter& json, const ProbeFinding& finding);
void write_outlook_members(JsonWriter& json, const OutlookRow& row);
void write_summary_members(JsonWriter& json, const ProbeSummary& summary, const ProbeReport& report);

/// How many findings there are of one severity.
size_t count_of(const ProbeSummary& summary, ProbeSeverity severity);

}  // namespace astray
