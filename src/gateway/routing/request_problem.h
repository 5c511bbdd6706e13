#pragma once
#include <cstdint>
#include <string_view>

namespace astray::gateway {

/// Why a request that its engine let through is not passed on. Answer 400.
enum class RequestProblem : uint8_t {
  bad_method,               ///< no token (RFC 9110 §9.1)
  bad_target,               ///< a byte that no URL has
  dot_segment,              ///< path_problem()
  bad_path_encoding,        ///< path_problem()
  encoded_nul,              ///< path_problem()
  bad_field_name,           ///< no token (RFC 9110 §5.6.2), or a pseudo-header field out of place
  bad_field_value,          ///< a control character (RFC 9110 §5.5)
  bad_connection_option,    ///< Connection names a field that is for everyone (RFC 9110 §7.6.1)
  many_connection_options,  ///< more than most_connection_options
  bad_protocol,             ///< :protocol (RFC 8441) is no token
};
/// Stable: "dot-segment".
std::string_view to_string(RequestProblem problem);
/// A sentence for people, without anything of the request.
std::string_view describe(RequestProblem problem);

/// Of fields that this gateway does not know as such of a connection.
inline constexpr int most_connection_options = 16;

}  // namespace astray::gateway
