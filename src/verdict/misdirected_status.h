#pragma once

namespace astray {

/// 421 (Misdirected Request), RFC 9110 §15.5.20.
inline constexpr int misdirected_status = 421;

}  // namespace astray
