#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "gateway/log/log_line.h"
#include "gateway/log/log_record.h"

namespace astray::gateway {

/// How a value's own bytes are kept from meaning anything to whoever reads the line.
enum class LogEscape : uint8_t {
  json,           ///< a JSON string, with its quotes
  text,           ///< \xHH for quotes, backslashes, blanks and what is not printable ASCII
  text_in_quotes  ///< blanks may stay
};

/// Writes one value of a line behind the literal text that stands before it. One call, whose name is the value's
/// kind. Times and addresses are strings in JSON, durations are seconds with six digits behind the point.
class LogValueWriter {
 public:
  /// A text of more than `most_bytes` is cut, and ends with "..."; 0: none is long.
  LogValueWriter(LogLine& line, std::string_view before, size_t most_bytes, LogEscape escape)
      : line_(line), before_(before), most_bytes_(most_bytes), escape_(escape) {}
  LogValueWriter(const LogValueWriter&) = delete;
  LogValueWriter& operator=(const LogValueWriter&) = delete;

  /// The request has no such thing: JSON leaves it out, text has "-".
  void none();
  /// Empty: it is there, and has no bytes.
  void text(std::string_view value);
  void text_if_any(std::string_view value) { value.empty() ? none() : text(value); }
  void text_if_any(const std::optional<std::string_view>& value) { value ? text(*value) : none(); }
  /// Letters, digits and signs that need no escape: our own words.
  void word(std::string_view value);
  void number(uint64_t value);
  void number_if_any(const std::optional<uint64_t>& value) { value ? number(*value) : none(); }
  void flag(bool value);
  void duration(Duration value);
  void time(WallTime value);
  void endpoint(const Endpoint& value);
  void endpoint_if_any(const std::optional<Endpoint>& value) { value ? endpoint(*value) : none(); }

 private:
  bool is_json() const { return escape_ == LogEscape::json; }
  /// Puts the text before the value; where up to so many bytes of it may be written, for end().
  char* begin(size_t bytes);
  void end(char* at) { line_.put_to(at); }
  char* begin_string(size_t bytes);
  void end_string(char* at);

  LogLine& line_;
  std::string_view before_;
  size_t most_bytes_;
  LogEscape escape_;
};

}  // namespace astray::gateway
