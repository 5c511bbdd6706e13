#include "http1/irregularity.h"

namespace astray::http1 {

std::string_view to_string(Irregularity irregularity) {
  switch (irregularity) {
    case Irregularity::bare_lf:
      return "bare_lf";
    case Irregularity::obs_fold:
      return "obs_fold";
    case Irregularity::space_before_colon:
      return "space_before_colon";
    case Irregularity::odd_field_name:
      return "odd_field_name";
    case Irregularity::control_in_field_value:
      return "control_in_field_value";
    case Irregularity::odd_status_line:
      return "odd_status_line";
    case Irregularity::blank_line_before_head:
      return "blank_line_before_head";
    case Irregularity::repeated_content_length:
      return "repeated_content_length";
    case Irregularity::length_with_transfer_encoding:
      return "length_with_transfer_encoding";
    case Irregularity::transfer_encoding_in_1_0:
      return "transfer_encoding_in_1_0";
    case Irregularity::transfer_coding_kept:
      return "transfer_coding_kept";
    case Irregularity::space_after_chunk_size:
      return "space_after_chunk_size";
  }
  return "";
}

std::string_view describe(Irregularity irregularity) {
  switch (irregularity) {
    case Irregularity::bare_lf:
      return "a line ended in LF without CR";
    case Irregularity::obs_fold:
      return "a field line was folded over several lines";
    case Irregularity::space_before_colon:
      return "blanks stood between a field name and its colon";
    case Irregularity::odd_field_name:
      return "a field name holds characters that names may not hold";
    case Irregularity::control_in_field_value:
      return "a field value holds control characters";
    case Irregularity::odd_status_line:
      return "the status code was not set off by one space on both sides";
    case Irregularity::blank_line_before_head:
      return "empty lines came before the status line";
    case Irregularity::repeated_content_length:
      return "the same Content-Length was given several times";
    case Irregularity::length_with_transfer_encoding:
      return "both Transfer-Encoding and Content-Length were given";
    case Irregularity::transfer_encoding_in_1_0:
      return "an HTTP/1.0 message had a Transfer-Encoding";
    case Irregularity::transfer_coding_kept:
      return "the body has a transfer coding other than chunked";
    case Irregularity::space_after_chunk_size:
      return "blanks stood behind a chunk size";
  }
  return "";
}

}  // namespace astray::http1
