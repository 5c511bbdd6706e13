#pragma once
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace astray {

/// What a shell can offer for a value.
struct CompletionWords {
  enum class Kind : uint8_t {
    nothing,  ///< free text
    files,
    directories,
    words,      ///< `words`, one of them
    word_list,  ///< `words`, several with commas between
  };
  Kind kind = Kind::nothing;
  std::vector<std::string_view> words;
};
CompletionWords words_for(ValueKind kind, std::span<const std::string_view> choices);

}  // namespace astray
