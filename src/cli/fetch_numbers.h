#pragma once
// Values of options that are numbers.
#include <optional>
#include <string_view>

#include "base/monotonic_time.h"
#include "base/result.h"
#include "cli/arguments.h"

namespace astray {

/// A whole number; nothing when the option is not given and has no default.
Result<std::optional<uint64_t>> parse_count(const Arguments& arguments, std::string_view option,
                                            uint64_t least, uint64_t most);
/// Seconds, with a decimal fraction perhaps.
Result<std::optional<Duration>> parse_seconds(const Arguments& arguments, std::string_view option);
/// Bytes, with k, M or G behind for powers of 1024.
Result<std::optional<uint64_t>> parse_bytes(const Arguments& arguments, std::string_view option);

}  // namespace astray
