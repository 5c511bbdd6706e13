// Lines of logs, whatever they are. No line is lost without a word: each is a request, an aside, or counted as
// what was wrong with it. And blocks of any size tell the same story.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/ascii.h"
#include "base/check.h"
#include "explain/chronicle.h"
#include "explain/log_source.h"

using namespace astray;
using namespace astray::explain;

namespace {

class Bytes : public ByteSource {
 public:
  Bytes(std::string_view text, size_t step) : text_(text), step_(step) {}
  Result<size_t> read(char* into, size_t size) override {
    const size_t bytes = std::min({size, step_, text_.size()});
    std::memcpy(into, text_.data(), bytes);
    text_.remove_prefix(bytes);
    return bytes;
  }

 private:
  std::string_view text_;
  size_t step_;
};

struct Told {
  Story story;
  SourceSummary summary;
};

Told told(std::string_view text, size_t step, size_t block_bytes) {
  Bytes bytes(text, step);
  Chronicle chronicle(ChronicleOptions{.open_connections = 64, .on_refused = {}});
  chronicle.begin_source("log");
  SourceOptions options;
  options.block_bytes = block_bytes;
  Told told;
  Result<SourceSummary> summary = read_log(bytes, options, chronicle);
  CHECK(summary);
  told.summary = std::move(*summary);
  chronicle.end_source(told.summary.format, told.summary.server, told.summary.lines, "");
  told.story = chronicle.finish();
  return told;
}

uint64_t count(const Story& story, Trouble trouble) {
  return story.troubles[static_cast<size_t>(trouble)].count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t block_bytes = 4096;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  uint64_t lines = 0;
  uint64_t empty = 0;
  bool long_ones = false;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    ++lines;
    empty += ascii_trim(line).empty() && line.size() < block_bytes;
    long_ones = long_ones || line.size() >= block_bytes;
    at = end + 1;
  }
  const Told whole = told(text, SIZE_MAX, block_bytes);
  CHECK(whole.summary.lines == lines);
  const Story& story = whole.story;
  CHECK(story.requests + story.asides + count(story, Trouble::unreadable_line) + count(story, Trouble::truncated) +
            count(story, Trouble::long_line) + empty ==
        lines);
  uint64_t refused = story.incidents_left_out;
  for (const Incident& incident : story.incidents) refused += incident.count;
  CHECK(refused == story.refused);

  const Told pieces = told(text, 7, block_bytes);
  CHECK(pieces.summary.lines == lines);
  CHECK(pieces.story.requests == story.requests);
  CHECK(pieces.story.refused == story.refused);
  if (!long_ones) {
    const Told larger = told(text, SIZE_MAX, 4 * block_bytes);
    CHECK(larger.story.requests == story.requests);
    CHECK(larger.story.incidents.size() == story.incidents.size());
  }
  return 0;
}
