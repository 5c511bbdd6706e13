#pragma once
#include "audit/finding.h"
#include "base/json_writer.h"
#include "report/excerpt.h"

namespace astray {

/// {"file", "line", "column", "what"}, what is known of them; null for a place that nobody knows.
void write_place(JsonWriter& json, const Place& place, const ShownPaths& paths);

}  // namespace astray
