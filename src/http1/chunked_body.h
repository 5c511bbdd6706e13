#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http1/failure.h"
#include "http1/head_parser.h"
#include "http1/irregularity.h"
#include "http1/limits.h"

namespace astray::http1 {

/// Reads the chunked transfer coding (RFC 9112 §7.1) with its trailer section as the bytes come. Chunk
/// extensions are skipped.
class ChunkedBody {
 public:
  enum class Outcome : uint8_t { needs_more, data, complete, failed };

  ChunkedBody(Reading reading, const Limits& limits)
      : reading_(reading), limits_(limits), trailers_(reading, limits) {}

  void begin();
  /// Takes what belongs to the body off `input`. With Outcome::data, `data` is a piece of content in `input`.
  Outcome feed(std::string_view& input, std::string_view& data);

  FailureReason failure() const { return failure_; }
  Irregularities irregularities() const { return irregularities_; }
  /// Complete only; valid until begin().
  Fields trailers() const { return trailers_.fields(); }

 private:
  enum class State : uint8_t {
    size,
    blanks,
    extension,
    after_size_cr,
    data,
    after_data,
    after_data_cr,
    trailers
  };

  Outcome fail(FailureReason reason);
  Outcome take_framing_byte(char byte);
  Outcome take_size_digit(char byte);
  Outcome take_size_line_byte(char byte);
  Outcome end_size_line();

  Reading reading_;
  Limits limits_;
  HeadParser trailers_;
  State state_ = State::size;
  uint64_t left_ = 0;  ///< while State::size: the size read so far; while State::data: bytes to come
  size_t digits_ = 0;
  size_t extension_bytes_ = 0;
  Irregularities irregularities_;
  FailureReason failure_{};
};

}  // namespace astray::http1
