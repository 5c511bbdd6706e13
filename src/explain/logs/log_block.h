#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "explain/logs/line_reader.h"
#include "explain/source.h"

namespace astray::explain {

/// A piece of a log that ends at a line's end, and what it tells.
struct LogBlock {
  std::vector<char> bytes;  ///< with JsonReader::padding behind the last line
  size_t size = 0;
  bool last = false;          ///< nothing follows; its last line may have no end
  uint64_t lines_before = 0;  ///< within what the block stands for: long lines that were skipped
  std::vector<std::pair<Trouble, uint64_t>> troubles;  ///< with the line within the block, from 1

  std::vector<Sighting> sightings;
  TextArena arena;
  uint64_t lines = 0;
  uint64_t asides = 0;
  std::string format;
  LogServer server = LogServer::unknown;

  void parse(LineReader& reader, uint32_t file);
};

/// Cuts a source into blocks.
class BlockCutter {
 public:
  BlockCutter(ByteSource& source, size_t block_bytes) : source_(source), block_bytes_(block_bytes) {}
  /// False at the end. After an Error of the source the rest is handed out first, then error() has it.
  bool fill(LogBlock& block);
  const std::optional<Error>& error() const { return error_; }
  uint64_t bytes() const { return bytes_; }

 private:
  size_t read(char* into, size_t size);
  ByteSource& source_;
  size_t block_bytes_;
  std::string rest_;        ///< the begin of a line
  bool skipping_ = false;   ///< within a line that is too long
  bool ended_ = false;
  uint64_t bytes_ = 0;
  std::optional<Error> error_;
};

}  // namespace astray::explain
