#pragma once
// How a receiver knows that a webhook's message is ours (docs/watch-alerts.md).
#include <string>
#include <string_view>

#include "base/instant.h"

namespace astray::watch {

inline constexpr std::string_view timestamp_field = "Astray-Timestamp";
inline constexpr std::string_view signature_field = "Astray-Signature";

/// "v1=" and HMAC-SHA-256 (RFC 2104) over timestamp, "." and body, in hexadecimal. The timestamp is signed
/// too, so that a message that somebody kept is known to be old.
std::string sign(std::string_view secret, Instant timestamp, std::string_view body);

}  // namespace astray::watch
