#pragma once
// A source is a kind of file that tells of requests. Adding one: a .cc with a SourceKind, one line in
// all_sources.cc.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "explain/captures/witness.h"
#include "explain/logs/line_formats.h"
#include "explain/logs/log_server.h"

namespace astray::explain {

/// Bytes from wherever: a file, standard input, a decompressor. cli/ gives the first, since explain/ opens
/// nothing.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills up to `size` bytes; 0 at the end. An Error when it cannot go on: what was read before stays told.
  virtual Result<size_t> read(char* into, size_t size) = 0;
};

struct SourceOptions {
  uint32_t file = 0;  ///< number for sightings
  unsigned threads = 1;
  const LineFormats* given = nullptr;  ///< formats from --log-format and configurations; tried first
  size_t block_bytes = size_t{1} << 20;
};

/// What was read.
struct SourceSummary {
  std::string format;  ///< of the first line that was understood: "JSON of caddy"; "" when none was
  LogServer server = LogServer::unknown;
  uint64_t bytes = 0;  ///< after decompression
  uint64_t lines = 0;
};

struct SourceKind {
  std::string_view id;    ///< "log", "netlog", …
  std::string_view name;  ///< for people
  /// Whether the first bytes (up to recognised_bytes) look like it. The first kind that says yes reads it.
  bool (*recognises)(std::string_view head);
  /// Reads to the end. An Error when the bytes stop; all before that was told.
  Result<SourceSummary> (*read)(ByteSource& bytes, const SourceOptions& options, Witness& witness);
};
inline constexpr size_t recognised_bytes = 64 * 1024;

/// The explicit ordered list; the last one takes everything.
std::span<const SourceKind> all_sources();

/// Undoes gzip and zstd, recognises what is in there, and reads it.
Result<SourceSummary> read_source(ByteSource& bytes, const SourceOptions& options, Witness& witness);

}  // namespace astray::explain
