#include "explain/logs/log_block.h"

#include <cstring>

#include "base/ascii.h"

namespace astray::explain {
namespace {

/// Bytes: with what they tell they stay in a processor's own cache until that is told.
constexpr size_t most_at_once = size_t{256} << 10;

}  // namespace

size_t BlockCutter::read(char* into, size_t size) {
  if (ended_) return 0;
  const Result<size_t> got = source_.read(into, size);
  if (!got) error_ = got.error();
  ended_ = !got || *got == 0;
  bytes_ += ended_ ? 0 : *got;
  return ended_ ? 0 : *got;
}

bool BlockCutter::fill(LogBlock& block) {
  block.bytes.resize(block_bytes_ + JsonReader::padding);
  block.size = 0;
  block.last = false;
  block.lines_before = 0;
  block.troubles.clear();
  if (ended_ && rest_.empty()) return false;

  char* const begin = block.bytes.data();
  std::memcpy(begin, rest_.data(), rest_.size());
  size_t size = rest_.size();
  rest_.clear();
  while (true) {
    const size_t got = read(begin + size, std::min(most_at_once, block_bytes_ - size));
    if (skipping_ && got > 0) {
      const void* end = std::memchr(begin, '\n', size + got);
      if (end == nullptr) {
        size = 0;
        continue;
      }
      const size_t skipped = static_cast<size_t>(static_cast<const char*>(end) - begin) + 1;
      std::memmove(begin, begin + skipped, size + got - skipped);
      size = size + got - skipped;
      skipping_ = false;
      ++block.lines_before;
      block.troubles.emplace_back(Trouble::long_line, block.lines_before);
      if (size == 0) continue;
    } else if (skipping_) {  // it never ended
      ++block.lines_before;
      block.troubles.emplace_back(Trouble::long_line, block.lines_before);
      block.last = true;
      return true;
    } else {
      size += got;
    }
    if (got == 0) {
      block.size = size;
      block.last = true;
      break;
    }
    const void* end = memrchr(begin, '\n', size);
    if (end != nullptr) {
      block.size = static_cast<size_t>(static_cast<const char*>(end) - begin) + 1;
      rest_.assign(begin + block.size, size - block.size);
      break;
    }
    if (size == block_bytes_) {
      skipping_ = true;
      size = 0;
    }
  }
  std::memset(begin + block.size, 0, JsonReader::padding);
  return block.size > 0 || !block.troubles.empty();
}

void LogBlock::parse(LineReader& reader, uint32_t file) {
  sightings.clear();
  arena.clear();
  lines = lines_before;
  asides = 0;
  const char* at = bytes.data();
  const char* const end = at + size;
  while (at < end) {
    const void* found = std::memchr(at, '\n', static_cast<size_t>(end - at));
    const char* line_end = found == nullptr ? end : static_cast<const char*>(found);
    const std::string_view line = ascii_trim({at, static_cast<size_t>(line_end - at)});
    const bool cut = found == nullptr;
    at = cut ? end : line_end + 1;
    ++lines;
    if (line.empty()) continue;
    Sighting& sighting = sightings.emplace_back();
    const LineReader::Read read = reader.read(line, arena, sighting);
    sighting.file = file;
    sighting.line = lines;
    if (read.bad_utf8) troubles.emplace_back(Trouble::bad_utf8, lines);
    if (read.other_format) troubles.emplace_back(Trouble::other_format, lines);
    if (read.outcome == LineReader::Outcome::unreadable)
      troubles.emplace_back(cut ? Trouble::truncated : Trouble::unreadable_line, lines);
    if (read.outcome == LineReader::Outcome::aside) ++asides;
    if (server == LogServer::unknown) server = sighting.server;
    if (read.outcome != LineReader::Outcome::request) sightings.pop_back();
  }
  if (format.empty()) format = reader.format_name();
}

}  // namespace astray::explain
