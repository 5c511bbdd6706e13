#pragma once
#include <string_view>

#include "explain/source.h"

namespace astray::explain {

/// Whether the text begins like a NetLog of Chrome: an object whose first member is "constants".
bool is_netlog(std::string_view head);
/// Streams; of one event 4 MiB are read, and at most 131,072 sources of each kind are remembered at a time:
/// facts of others are not logged.
Result<SourceSummary> read_netlog(ByteSource& bytes, const SourceOptions& options, Witness& witness);

}  // namespace astray::explain
