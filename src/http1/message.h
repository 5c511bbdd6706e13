#pragma once
// Events that both roles share.
#include <cstdint>
#include <string_view>

#include "http1/fields.h"

namespace astray::http1 {

/// The minor version counts only as "1.0 or later": HTTP/1.2 is read as HTTP/1.1 (RFC 9110 §2.5).
enum class Version : uint8_t { http_1_0, http_1_1 };

/// How the end of a body is known (RFC 9112 §6.3).
enum class Framing : uint8_t {
  no_body,  ///< HEAD, 1xx, 204, 304, a request without length fields
  content_length,
  chunked,
  until_close,  ///< responses only
  tunnel,       ///< after 101, or 2xx to CONNECT: another protocol until the connection ends
};
std::string_view to_string(Framing framing);

enum class KeepsAlive : uint8_t { no, yes };

/// A piece of the content, never empty; where a body is cut into pieces means nothing.
struct BodyData {
  std::string_view bytes;
};

/// The trailer section of a chunked body; there is no event when it is empty. Trailers never decide framing.
struct Trailers {
  Fields fields;
};

}  // namespace astray::http1
