#pragma once
// The conditions of .if and .elif (configuration.txt, section 2.4).
#include <cstdint>
#include <string>
#include <string_view>

#include "servers/haproxy/words.h"
#include "servers/model/version.h"

namespace astray::haproxy {

enum class Truth : uint8_t { no, yes, unknown };
constexpr Truth operator!(Truth truth) {
  return truth == Truth::unknown ? truth : truth == Truth::yes ? Truth::no : Truth::yes;
}
constexpr Truth both(Truth a, Truth b) {
  if (a == Truth::no || b == Truth::no) return Truth::no;
  return a == Truth::yes && b == Truth::yes ? Truth::yes : Truth::unknown;
}
constexpr Truth either(Truth a, Truth b) {
  return !both(!a, !b);
}

struct BlockCondition {
  Truth truth = Truth::unknown;
  std::string problem;  ///< not empty: HAProxy refuses the condition, and why
};
/// `text` is the rest of the line, its words joined by single blanks.
BlockCondition judge_block_condition(std::string_view text, Version version, const Environment& environment);

}  // namespace astray::haproxy
