#pragma once
// Reads a head (start line, field lines, empty line) or a trailer section as its bytes come, each byte once.
// The result does not depend on how the bytes were cut into pieces.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http1/failure.h"
#include "http1/fields.h"
#include "http1/irregularity.h"
#include "http1/limits.h"
#include "http1/start_line.h"

namespace astray::http1 {

/// strict: servers. lenient: clients, flagging (irregularity.h).
enum class Reading : uint8_t { strict, lenient };

class HeadParser {
 public:
  enum class Part : uint8_t { request, response, trailers };
  enum class Outcome : uint8_t { needs_more, complete, failed };

  HeadParser(Reading reading, const Limits& limits) : reading_(reading), limits_(limits) {}

  /// Forgets what was read.
  void begin(Part part);
  /// Takes what belongs to the head off `input`; the rest stays in it.
  Outcome feed(std::string_view& input);

  FailureReason failure() const { return failure_; }
  Irregularities irregularities() const { return irregularities_; }
  /// Whether any byte was taken since begin().
  bool started() const { return used_ != 0; }
  /// Whether a byte of a start line was taken, empty lines before it not counted.
  bool start_line_begun() const {
    return stage_ == Stage::field_lines || line_begin_ + (after_cr_ ? 1 : 0) < bytes_.size();
  }
  /// Complete only; views are valid until begin(). The start line is that of the part.
  Fields fields() const { return Fields(fields_, known_); }
  StatusLine status_line() const;
  RequestLine request_line() const;
  /// Of the start line, whether it was good or not, without its line end: for messages.
  std::string_view start_line_bytes() const;

 private:
  /// In bytes_. Views would break when bytes_ grows.
  struct Slot {
    uint32_t name_begin, name_size, value_begin, value_size;
    KnownField known;
  };
  enum class Stage : uint8_t { start_line, field_lines };

  Outcome fail(FailureReason reason);
  Outcome fail_limit() { return fail(limit_failure()); }
  void take(std::string_view& input, size_t size);
  size_t budget() const;
  FailureReason limit_failure() const;
  size_t head_limit() const { return part_ == Part::trailers ? limits_.trailer_bytes : limits_.head_bytes; }
  size_t line_limit() const;
  Outcome take_whole_start_line(std::string_view& input);
  Outcome take_whole_lines(std::string_view& input);
  Outcome take_piece(std::string_view& input);
  Outcome end_line(size_t line_size, size_t line_end_size);
  Outcome take_start_line(std::string_view line);
  Outcome take_odd_name(std::string_view& name);
  Outcome take_field_line(std::string_view line);
  Outcome fold(std::string_view line);
  Outcome complete();

  Reading reading_;
  Limits limits_;
  Part part_ = Part::response;
  Stage stage_ = Stage::start_line;
  std::string bytes_;
  size_t used_ = 0;
  size_t line_begin_ = 0;
  size_t start_line_begin_ = 0;
  size_t start_line_size_ = 0;
  bool after_cr_ = false;
  bool control_in_line_ = false;
  // As parsed; of their texts the sizes alone still hold when bytes_ has grown.
  StatusLine status_line_;
  RequestLine request_line_;
  std::vector<Slot> slots_;
  std::vector<Field> fields_;
  KnownFields known_;  ///< of fields_
  Irregularities irregularities_;
  FailureReason failure_{};
};

}  // namespace astray::http1
