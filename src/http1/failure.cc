#include "http1/failure.h"

#include <array>

#include "base/check.h"

namespace astray::http1 {
namespace {

struct Row {
  FailureReason reason;
  std::string_view id;
  std::string_view sentence;
  int status;  // what a server answers; 0: nothing
};

using R = FailureReason;
constexpr std::array<Row, failure_reason_count> rows{{
    {R::not_http1, "not_http1", "the peer does not speak HTTP/1", 400},
    {R::unsupported_version, "unsupported_version", "the peer speaks another major version of HTTP than 1",
     505},
    {R::http2_preface, "http2_preface", "the peer began with the HTTP/2 connection preface", 505},
    {R::closed_before_response, "closed_before_response",
     "the peer closed the connection before a response began", 0},
    {R::closed_in_head, "closed_in_head", "the peer closed the connection within a message head", 0},
    {R::closed_in_body, "closed_in_body", "the peer closed the connection before the body was complete", 0},
    {R::unsolicited_bytes, "unsolicited_bytes", "bytes came although no request waited for an answer", 0},
    {R::bad_status_line, "bad_status_line", "the status line is malformed", 0},
    {R::bad_request_line, "bad_request_line", "the request line is malformed", 400},
    {R::bad_method, "bad_method", "the method is not a token", 400},
    {R::bad_target, "bad_target",
     "the request target is malformed or of a form that the method does not allow", 400},
    {R::bare_cr, "bare_cr", "a CR stands without LF", 400},
    {R::bare_lf, "bare_lf", "a line ends in LF without CR", 400},
    {R::nul_byte, "nul_byte", "a NUL byte stands where text must be", 400},
    {R::control_byte, "control_byte", "a control character stands where text must be", 400},
    {R::bad_field_name, "bad_field_name", "a field name is empty or not a token", 400},
    {R::field_without_colon, "field_without_colon", "a field line has no colon", 400},
    {R::space_before_colon, "space_before_colon", "blanks stand between a field name and its colon", 400},
    {R::space_before_first_field, "space_before_first_field",
     "the line after the start line begins with a blank", 400},
    {R::obs_fold, "obs_fold", "a field line is folded over several lines", 400},
    {R::bad_content_length, "bad_content_length", "Content-Length is not a number of at most 64 bits", 400},
    {R::conflicting_content_lengths, "conflicting_content_lengths",
     "several Content-Length values were given", 400},
    {R::bad_transfer_encoding, "bad_transfer_encoding", "Transfer-Encoding does not say where the body ends",
     400},
    {R::unknown_transfer_coding, "unknown_transfer_coding", "a transfer coding other than chunked was used",
     501},
    {R::length_with_transfer_encoding, "length_with_transfer_encoding",
     "both Transfer-Encoding and Content-Length were given", 400},
    {R::transfer_encoding_in_1_0, "transfer_encoding_in_1_0", "an HTTP/1.0 request has a Transfer-Encoding",
     400},
    {R::bad_chunk_size, "bad_chunk_size", "a chunk size is malformed", 400},
    {R::chunk_size_overflow, "chunk_size_overflow", "a chunk size has more than 16 digits", 400},
    {R::bad_chunk_end, "bad_chunk_end", "a chunk is not followed by a line end", 400},
    {R::head_too_large, "head_too_large", "the message head is larger than the limit", 431},
    {R::line_too_large, "line_too_large", "a line of the message head is longer than the limit", 431},
    {R::target_too_large, "target_too_large", "the request target is longer than the limit", 414},
    {R::too_many_fields, "too_many_fields", "the message head has more field lines than the limit", 431},
    {R::too_many_informational, "too_many_informational", "more 1xx responses came than the limit", 0},
    {R::chunk_extensions_too_large, "chunk_extensions_too_large",
     "the chunk extensions are larger than the limit", 400},
    {R::trailers_too_large, "trailers_too_large", "the trailer section is larger than the limit", 431},
    {R::body_too_large, "body_too_large", "the content is larger than the limit", 413},
    {R::too_much_held, "too_much_held", "more pipelined requests came than may wait", 400},
}};

const Row& row_of(FailureReason reason) {
  const Row& row = rows[static_cast<size_t>(reason)];
  CHECK(row.reason == reason);
  return row;
}

}  // namespace

std::string_view to_string(FailureReason reason) {
  return row_of(reason).id;
}
std::string_view describe(FailureReason reason) {
  return row_of(reason).sentence;
}
int status_to_answer(FailureReason reason) {
  return row_of(reason).status;
}

}  // namespace astray::http1
