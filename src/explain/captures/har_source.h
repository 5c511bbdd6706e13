#pragma once
#include <string_view>

#include "explain/source.h"

namespace astray::explain {

/// Whether the text begins like a HAR 1.2: an object whose first member is "log", an object.
bool is_har(std::string_view head);
/// Streams; of one entry 32 MiB are read. A HAR has neither SNI nor certificate.
Result<SourceSummary> read_har(ByteSource& bytes, const SourceOptions& options, Witness& witness);

}  // namespace astray::explain
