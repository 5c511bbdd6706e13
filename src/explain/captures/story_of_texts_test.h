#pragma once
// For tests: what a text tells, at once or in small pieces.
#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "explain/source.h"
#include "explain/story/chronicle.h"
#include "explain/text_bytes.h"

namespace astray::explain {

/// A file of the fuzzing corpus, recorded from real software where its name does not say otherwise.
inline std::string corpus_file(const std::string& name) {
  std::ifstream file(ASTRAY_SOURCE_DIR "/fuzz/corpus/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// In the order in which they are given, as astray explain reads files.
inline Story story_of_texts(const std::vector<std::string>& texts, size_t step = SIZE_MAX) {
  Chronicle chronicle({.on_refused = {}});
  uint32_t number = 0;
  for (const std::string& text : texts) {
    chronicle.begin_source("source " + std::to_string(number));
    TextBytes bytes(text, step);
    const SourceOptions options{.file = number++};
    const Result<SourceSummary> summary = read_source(bytes, options, chronicle);
    chronicle.end_source(summary ? summary->format : "", summary ? summary->server : LogServer::unknown,
                         summary ? summary->lines : 0, summary ? "" : summary.error().message);
  }
  return chronicle.finish();
}

inline uint64_t count_of(const Story& story, Trouble trouble) {
  return story.troubles[static_cast<size_t>(trouble)].count;
}

}  // namespace astray::explain
