#pragma once
#include <memory>

#include "explain/source.h"

namespace astray::explain {

/// The bytes behind gzip (RFC 1952, several members too) or zstd (RFC 8878, several frames too), by their
/// magic numbers; other bytes pass. Borrows `compressed`. Streams in a few hundred KiB of memory.
std::unique_ptr<ByteSource> decompressed(ByteSource& compressed);

}  // namespace astray::explain
