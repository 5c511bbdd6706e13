#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace astray::gateway {

/// A regular expression (PCRE2) that peers' text is held against. Threads may share it.
///
/// The work of one search is bounded: by the subject's length, and by how often PCRE2 may try another way to
/// match. Whoever gets `gave_up` must not take it for "no": the text was made to be hard, or the expression
/// is.
class Regex {
 public:
  /// What is wrong with the expression, with the offset.
  static Result<Regex, std::string> compile(std::string_view pattern);

  enum class Found : uint8_t { yes, no, gave_up };
  /// Anywhere in the subject, unless the expression has anchors. Takes no memory after the first call of a
  /// thread but what PCRE2's interpreter needs, where there is no just-in-time compiler.
  Found find_in(std::string_view subject) const;

 private:
  struct Code;
  explicit Regex(std::shared_ptr<const Code> code) : code_(std::move(code)) {}
  std::shared_ptr<const Code> code_;
};

/// Bytes; a longer subject is given up on.
inline constexpr size_t most_regex_subject_bytes = 8192;

}  // namespace astray::gateway
