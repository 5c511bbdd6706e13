#pragma once
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "http1/failure.h"
#include "http1/fields.h"
#include "http1/irregularity.h"
#include "http1/message.h"

namespace astray::http1 {

struct FramingDecision {
  Framing framing{};
  uint64_t content_length = 0;  ///< with Framing::content_length: bytes
  Irregularities irregularities{};
};

/// RFC 9112 §6.3 for a response; `request_method` is that of the request it answers.
Result<FramingDecision, FailureReason> frame_response(std::string_view request_method, int status,
                                                      Version version, const Fields& fields);
/// RFC 9112 §6.3 for a request: at most one length field line, and that unmistakable.
Result<FramingDecision, FailureReason> frame_request(Version version, const Fields& fields);

/// What version and Connection field say about the connection (RFC 9112 §9.3).
KeepsAlive keeps_alive(Version version, const Fields& fields);

}  // namespace astray::http1
