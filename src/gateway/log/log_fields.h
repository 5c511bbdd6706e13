#pragma once
// What a log line can say, each field stated once: the JSON form, text formats, the reference and its test
// all go through this table.
#include <cstdint>
#include <span>
#include <string_view>

#include "gateway/log/log_record.h"
#include "gateway/log/log_value_writer.h"

namespace astray::gateway {

/// For how long a value stays what it is.
enum class LogScope : uint8_t { request, connection };

struct LogField {
  std::string_view key;   ///< in JSON: "astray.tls.sni"; in text formats "astray." may be left out
  std::string_view text;  ///< for the reference
  size_t most_bytes;      ///< a longer value is cut, and ends with "..."; 0: never long
  void (*write)(LogValueWriter&, const LogRecord&);
  LogScope scope = LogScope::request;

  std::string_view short_key() const;
};

/// In the order in which JSON has them.
std::span<const LogField> log_fields();
/// By either name; null when there is none.
const LogField* find_log_field(std::string_view name);

}  // namespace astray::gateway
