#pragma once
#include <string_view>

#include "explain/source.h"

namespace astray::explain {

/// Whether there is a line of MOZ_LOG among the first ones.
bool is_moz_log(std::string_view head);
/// Streams. Firefox's modules nsHttp:5, and nsSocketTransport and pipnss for addresses and certificates.
Result<SourceSummary> read_moz_log(ByteSource& bytes, const SourceOptions& options, Witness& witness);

}  // namespace astray::explain
