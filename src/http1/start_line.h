#pragma once
#include <string_view>

#include "base/result.h"
#include "http1/failure.h"
#include "http1/irregularity.h"
#include "http1/message.h"

namespace astray::http1 {

struct StatusLine {
  Version version{};
  int status = 0;  ///< 100–999
  std::string_view reason_phrase{};
  Irregularities irregularities{};
};
/// Reads leniently (RFC 9112 §4): bad_status_line or unsupported_version otherwise.
Result<StatusLine, FailureReason> parse_status_line(std::string_view line);

struct RequestLine {
  std::string_view method{};
  std::string_view target{};  ///< not yet judged
  Version version{};
};
/// Reads strictly (RFC 9112 §3): exactly two single spaces. bad_request_line, bad_method,
/// unsupported_version, http2_preface.
Result<RequestLine, FailureReason> parse_request_line(std::string_view line);

}  // namespace astray::http1
