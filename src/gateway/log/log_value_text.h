#pragma once
#include <cstdint>

#include "gateway/log/log_fields.h"
#include "gateway/log/log_line.h"

namespace astray::gateway {

/// How a value's own bytes are kept from meaning anything to whoever reads the line.
enum class LogEscape : uint8_t {
  json,           ///< a JSON string, with its quotes
  text,           ///< \xHH for quotes, backslashes, blanks and what is not printable ASCII
  text_in_quotes  ///< blanks may stay
};

/// Puts a value that is there, cut to the field's most_bytes. Times and addresses are strings in JSON,
/// durations are seconds with six digits behind the point.
void put_log_value(LogLine& line, const LogField& field, const LogValue& value, LogEscape escape);

}  // namespace astray::gateway
