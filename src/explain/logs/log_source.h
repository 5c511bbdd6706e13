#pragma once
#include "explain/source.h"

namespace astray::explain {

/// Reads lines, in blocks that `options.threads` threads parse, and tells them in their order.
Result<SourceSummary> read_log(ByteSource& bytes, const SourceOptions& options, Witness& witness);

}  // namespace astray::explain
