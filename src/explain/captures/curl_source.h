#pragma once
#include <string_view>

#include "explain/source.h"

namespace astray::explain {

/// Whether there are lines of `curl -v`, `--trace-ascii` or their `--trace-time` forms in it.
bool is_curl_trace(std::string_view head);
/// What one or several runs of curl printed, standard output between or not; 16 MiB of it at most. Transfers that
/// ran in parallel (-Z) are told by their order alone.
Result<SourceSummary> read_curl_trace(ByteSource& bytes, const SourceOptions& options, Witness& witness);

}  // namespace astray::explain
