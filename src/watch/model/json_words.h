#pragma once
// Members that everything of the watcher's that is told as JSON has.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "watch/model/instant_text.h"

namespace astray::watch {

inline void write_number(JsonWriter& json, std::string_view name, uint64_t value) {
  json.key(name).number(static_cast<int64_t>(std::min<uint64_t>(value, INT64_MAX)));
}

inline void write_instant(JsonWriter& json, std::string_view name, const std::optional<Instant>& time) {
  json.key(name);
  time ? json.string(instant_text(*time)) : json.null();
}

/// Null says "not told": a member that comes and goes is harder to read by a program.
inline void write_text(JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name);
  text.empty() ? json.null() : json.string(text);
}

/// "name": the first so many; "name_count" is the caller's.
inline void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts,
                        size_t most = SIZE_MAX) {
  json.key(name).begin_array();
  for (size_t i = 0; i < std::min(texts.size(), most); ++i) json.string(texts[i]);
  json.end_array();
}

}  // namespace astray::watch
