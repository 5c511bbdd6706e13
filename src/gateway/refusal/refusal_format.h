#pragma once
// In which media type a refusal is written.
#include <cstdint>
#include <string_view>

namespace astray::gateway {

enum class RefusalFormat : uint8_t {
  text,          ///< text/plain
  html,          ///< text/html
  problem_json,  ///< application/problem+json (RFC 9457)
  json,          ///< application/json
};

/// Value of Content-Type.
std::string_view content_type(RefusalFormat format);

/// Proactive negotiation (RFC 9110 §12.5.1). `accept`: the values of the request's Accept lines, joined by
/// commas; empty: none was sent. The most specific range that matches a format gives its weight; the heaviest
/// format is taken, of equal ones that which is named by the more specific range, then by the earlier one.
/// Members that are no media range are passed over. A refusal is sent in any case: text when all formats are
/// refused.
RefusalFormat negotiate(std::string_view accept);

}  // namespace astray::gateway
