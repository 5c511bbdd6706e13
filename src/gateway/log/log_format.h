#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/log/log_fields.h"

namespace astray::gateway {

/// How a request becomes a line. Immutable: threads may share one.
class LogFormat {
 public:
  /// "json", "json -http.query -…" (JSON without these fields), or a line with fields in it:
  /// `{time} {client.address} "{http.method} {http.path}" {http.status}`; "{{" and "}}" are braces. The error
  /// says what is wrong and where, counting bytes from 1. At most 4096 bytes and 64 fields.
  static Result<LogFormat> parse(std::string_view text);

  /// Appends one line with its line feed. Printable ASCII whatever a client sent: in JSON what is not is
  /// \uXXXX (ill-formed UTF-8: \ufffd), in text \xHH for each byte, as are quotes, backslashes and, outside
  /// of quotes of the format, blanks; so no value can end a line, a string or a field. In JSON what a request
  /// does not have is left out, in text it is "-". Takes no memory but for `out` and, once, the record's
  /// of_connection.
  void write(std::string& out, const LogRecord& record) const;

 private:
  enum class Kind : uint8_t { json, text };
  struct Piece {
    std::string before;  ///< literal text; in JSON a comma, the key and its colon
    const LogField* field;
    LogEscape escape;
  };
  /// Pieces in a row, of which all or none are the same for each request of a connection.
  struct Run {
    size_t begin, end;  ///< in pieces_
    LogScope scope;
  };

  static Result<LogFormat> parse_json(std::string_view left_out);
  static Result<LogFormat> parse_line(std::string_view text);
  void find_runs();
  void put_run(LogLine& line, const LogRecord& record, const Run& run) const;
  void fill(LogConnectionText& text, const LogRecord& record) const;

  uint64_t id_ = 0;  ///< no other format of this process has it
  Kind kind_ = Kind::json;
  std::vector<Piece> pieces_;
  std::vector<Run> runs_;
  std::string end_;
};

}  // namespace astray::gateway
