#pragma once
#include <string_view>

#include "explain/source.h"

namespace astray::explain {

/// Whether it begins like a qlog, of one document or of a sequence of records.
bool is_qlog(std::string_view head);
/// Streams; of one event 4 MiB are read. A qlog has no SNI.
Result<SourceSummary> read_qlog(ByteSource& bytes, const SourceOptions& options, Witness& witness);

}  // namespace astray::explain
