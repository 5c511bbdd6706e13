#pragma once
// What a response did that RFC 9112 forbids its sender and that a client may nevertheless read. The client
// engine reads it the way named here and flags it; everything else that is wrong is a failure (failure.h).
// The server engine reads nothing leniently: each of these in a request is a failure, but for empty lines
// before a request line (RFC 9112 §2.2).
#include <cstdint>
#include <string_view>

namespace astray::http1 {

enum class Irregularity : uint8_t {
  bare_lf,                 ///< a line ended in LF without CR: taken as a line end (RFC 9112 §2.2)
  obs_fold,                ///< a folded field line: its line ends became blanks (RFC 9112 §5.2)
  space_before_colon,      ///< blanks between field name and colon: removed (RFC 9112 §5.1)
  odd_field_name,          ///< a field name that is no token: kept as it is, never taken for a known field
  control_in_field_value,  ///< control characters other than NUL in a value: kept (RFC 9110 §5.5)
  odd_status_line,  ///< other blanks than one space around the status code, or none behind it (RFC 9112 §4)
  blank_line_before_head,         ///< empty lines before the status line: skipped
  repeated_content_length,        ///< the same length several times: taken once (RFC 9110 §8.6)
  length_with_transfer_encoding,  ///< both: the transfer coding decides, the connection is not used again
                                  ///< (RFC 9112 §6.1)
  transfer_encoding_in_1_0,  ///< an HTTP/1.0 message with a transfer coding: decoded, the connection is not
                             ///< used again (RFC 9112 §6.1)
  transfer_coding_kept,      ///< a coding other than chunked: the body is handed out still encoded in it
  space_after_chunk_size,    ///< blanks behind a chunk size without an extension
};
inline constexpr int irregularity_count = 12;

/// A stable identifier, as spelled above: for JSON and logs.
std::string_view to_string(Irregularity irregularity);
/// A sentence part: "a line ended in LF without CR".
std::string_view describe(Irregularity irregularity);

/// A set of them.
class Irregularities {
 public:
  void add(Irregularity irregularity) { bits_ |= uint32_t{1} << static_cast<int>(irregularity); }
  void add(Irregularities others) { bits_ |= others.bits_; }
  bool has(Irregularity irregularity) const { return (bits_ >> static_cast<int>(irregularity) & 1) != 0; }
  bool empty() const { return bits_ == 0; }
  bool operator==(const Irregularities&) const = default;

 private:
  uint32_t bits_ = 0;
};

}  // namespace astray::http1
