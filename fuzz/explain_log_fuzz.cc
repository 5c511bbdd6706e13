// Lines of logs, whatever they are. No line is lost without a word: each is a request, an aside, or counted as
// what was wrong with it. And blocks of any size tell the same story. A line tells what it tells alone, whichever lines were read
// before.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/ascii.h"
#include "base/check.h"
#include "explain/logs/line_reader.h"
#include "explain/logs/log_source.h"
#include "explain/story/chronicle.h"
#include "explain/text_bytes.h"

using namespace astray;
using namespace astray::explain;

namespace {

struct Told {
  Story story;
  SourceSummary summary;
};

Told told(std::string_view text, size_t step, size_t block_bytes) {
  TextBytes bytes(std::string(text), step);
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

/// What one line tells, in words.
std::string words_of(LineReader& reader, std::string_view line) {
  const std::string padded = std::string(line) + std::string(JsonReader::padding, '\0');
  TextArena arena;
  Sighting s;
  const LineReader::Read read = reader.read(std::string_view(padded).substr(0, line.size()), arena, s);
  std::string words = std::to_string(static_cast<int>(read.outcome)) + std::to_string(int{read.bad_utf8});
  if (read.outcome != LineReader::Outcome::request) return words;
  for (const Fact* fact : {&s.connection, &s.client, &s.client_port, &s.sni, &s.authority, &s.virtual_host, &s.handshake_virtual_host, &s.method,
                           &s.path, &s.agent, &s.reason, &s.details, &s.back})
    words += " " + std::to_string(static_cast<int>(fact->state)) + std::string(fact->text);
  for (const int64_t number : {s.time.value_or(-1), int64_t{s.request_number}, int64_t{s.status}, int64_t{s.back_status}})
    words += " " + std::to_string(number);
  for (const int number : {static_cast<int>(s.server), static_cast<int>(s.kind), static_cast<int>(s.sentence),
                           s.protocol ? static_cast<int>(*s.protocol) : -1, s.scheme ? static_cast<int>(*s.scheme) : -1})
    words += " " + std::to_string(number);
  return words;
}

/// Whichever lines were read before, and whatever was learned of them: a line tells what it tells alone. A reader for each line costs
/// as much as hundreds of lines, so there is a bound.
void check_lines_alone(std::string_view text) {
  constexpr int most_lines = 24;
  LineReader after_others(nullptr);
  int checked = 0;
  for (size_t at = 0; at < text.size() && checked < most_lines;) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = ascii_trim(text.substr(at, end - at));
    at = end + 1;
    if (line.empty()) continue;
    ++checked;
    LineReader alone(nullptr);
    CHECK(words_of(after_others, line) == words_of(alone, line));
  }
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

  check_lines_alone(text);
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
