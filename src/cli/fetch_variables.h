#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/monotonic_time.h"
#include "cli/fetch_outcome.h"

namespace astray {

/// A status is a number that is written with three digits.
struct HttpStatus {
  int code;
};
/// Nothing, text, a number, a time in seconds.
using FetchValue = std::variant<std::monostate, std::string, int64_t, HttpStatus, Duration>;

/// What -w can show. Names that curl has mean what they mean to curl.
struct FetchVariable {
  std::string_view name;
  FetchValue (*value)(const FetchOutcome& outcome);
};
std::span<const FetchVariable> fetch_variables();

}  // namespace astray
