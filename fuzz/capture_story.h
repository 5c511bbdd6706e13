#pragma once
// What must hold for every kind of capture, whatever is in it.
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "explain/source.h"
#include "explain/story/chronicle.h"
#include "explain/text_bytes.h"

namespace astray::explain {

inline Story story_of(const SourceKind& kind, std::string_view text, size_t step) {
  TextBytes bytes(std::string(text), step);
  Chronicle chronicle(ChronicleOptions{.open_connections = 64, .on_refused = {}});
  chronicle.begin_source("capture");
  const Result<SourceSummary> summary = kind.read(bytes, SourceOptions{}, chronicle);
  CHECK(summary || !summary.error().message.empty());
  chronicle.end_source("", LogServer::unknown, 1, "");
  return chronicle.finish();
}

/// One byte at a time a capture tells the same story as at once.
inline Story check_in_pieces(const SourceKind& kind, std::string_view text) {
  Story whole = story_of(kind, text, SIZE_MAX);
  const Story pieces = story_of(kind, text, 1);
  CHECK(pieces.requests == whole.requests);
  CHECK(pieces.refused == whole.refused);
  for (size_t i = 0; i < trouble_count; ++i) CHECK(pieces.troubles[i].count == whole.troubles[i].count);
  CHECK(whole.refused <= whole.requests);
  return whole;
}

/// What is cut off at the end takes no refusal back and adds none.
inline void check_cut_off(const SourceKind& kind, std::string_view text, const Story& whole) {
  CHECK(story_of(kind, text.substr(0, text.size() / 2), SIZE_MAX).refused <= whole.refused);
}

inline const SourceKind& kind_of(std::string_view id) {
  const std::span<const SourceKind> all = all_sources();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const SourceKind& kind) { return kind.id == id; });
  CHECK(found != all.end());
  return *found;
}

}  // namespace astray::explain
