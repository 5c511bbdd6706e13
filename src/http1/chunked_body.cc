#include "http1/chunked_body.h"

#include <algorithm>

#include "http1/characters.h"

namespace astray::http1 {

void ChunkedBody::begin() {
  state_ = State::size;
  left_ = 0;
  digits_ = extension_bytes_ = 0;
  irregularities_ = {};
  trailers_.begin(HeadParser::Part::trailers);
}

ChunkedBody::Outcome ChunkedBody::fail(FailureReason reason) {
  failure_ = reason;
  return Outcome::failed;
}

ChunkedBody::Outcome ChunkedBody::feed(std::string_view& input, std::string_view& data) {
  while (!input.empty()) {
    if (state_ == State::data) {
      data = input.substr(0, static_cast<size_t>(std::min<uint64_t>(left_, input.size())));
      input.remove_prefix(data.size());
      left_ -= data.size();
      if (left_ == 0) state_ = State::after_data;
      return Outcome::data;
    }
    if (state_ == State::trailers) {
      const HeadParser::Outcome outcome = trailers_.feed(input);
      irregularities_.add(trailers_.irregularities());
      if (outcome == HeadParser::Outcome::failed) return fail(trailers_.failure());
      return outcome == HeadParser::Outcome::complete ? Outcome::complete : Outcome::needs_more;
    }
    const char byte = input.front();
    input.remove_prefix(1);
    const Outcome outcome = take_framing_byte(byte);
    if (outcome != Outcome::needs_more) return outcome;
  }
  return Outcome::needs_more;
}

ChunkedBody::Outcome ChunkedBody::take_framing_byte(char byte) {
  switch (state_) {
    case State::size:
      return hex_digit(byte) >= 0 ? take_size_digit(byte) : take_size_line_byte(byte);
    case State::blanks:
    case State::extension:
      return take_size_line_byte(byte);
    case State::after_size_cr:
      return byte == '\n' ? end_size_line() : fail(FailureReason::bare_cr);
    case State::after_data:
      if (byte == '\r') {
        state_ = State::after_data_cr;
        return Outcome::needs_more;
      }
      if (byte != '\n') return fail(FailureReason::bad_chunk_end);
      if (reading_ == Reading::strict) return fail(FailureReason::bare_lf);
      irregularities_.add(Irregularity::bare_lf);
      break;
    case State::after_data_cr:
      if (byte != '\n') return fail(FailureReason::bad_chunk_end);
      break;
    case State::data:
    case State::trailers:
      break;
  }
  state_ = State::size;
  left_ = 0;
  digits_ = 0;
  return Outcome::needs_more;
}

ChunkedBody::Outcome ChunkedBody::take_size_digit(char byte) {
  constexpr size_t max_digits = 16;  // 64 bits; leading zeros count, or one size could be written without end
  if (++digits_ > max_digits) return fail(FailureReason::chunk_size_overflow);
  left_ = left_ << 4 | static_cast<uint64_t>(hex_digit(byte));
  return Outcome::needs_more;
}

// What may stand behind the digits: blanks, an extension from ';' on, the line end.
ChunkedBody::Outcome ChunkedBody::take_size_line_byte(char byte) {
  if (byte == '\0') return fail(FailureReason::nul_byte);
  if (digits_ == 0) return fail(FailureReason::bad_chunk_size);
  if (byte == '\r' || byte == '\n') {
    if (state_ == State::blanks) {
      if (reading_ == Reading::strict) return fail(FailureReason::bad_chunk_size);
      irregularities_.add(Irregularity::space_after_chunk_size);
    }
    if (byte == '\r') {
      state_ = State::after_size_cr;
      return Outcome::needs_more;
    }
    if (reading_ == Reading::strict) return fail(FailureReason::bare_lf);
    irregularities_.add(Irregularity::bare_lf);
    return end_size_line();
  }
  if (state_ != State::extension) {
    if (byte == ';') {
      state_ = State::extension;
    } else if (is_blank(byte)) {
      state_ = State::blanks;
    } else {
      return fail(is_control(byte) ? FailureReason::control_byte : FailureReason::bad_chunk_size);
    }
  } else if (is_control(byte)) {
    return fail(FailureReason::control_byte);
  }
  if (++extension_bytes_ > limits_.chunk_extension_bytes)
    return fail(FailureReason::chunk_extensions_too_large);
  return Outcome::needs_more;
}

ChunkedBody::Outcome ChunkedBody::end_size_line() {
  state_ = left_ == 0 ? State::trailers : State::data;
  return Outcome::needs_more;
}

}  // namespace astray::http1
