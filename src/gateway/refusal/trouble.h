#pragma once
// What a request meets that was not misdirected and gets no answer of a back: no route, a back that fails, a
// message that cannot be passed on.
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/refusal/refusal_format.h"

namespace astray::gateway {

enum class Trouble : uint8_t {
  no_route,            ///< 404
  bad_path,            ///< 400: a path that different readers understand differently
  bad_head,            ///< 400: RFC 9113 §8.2, §8.3; RFC 9112
  head_too_large,      ///< 431
  target_too_long,     ///< 414
  version_unknown,     ///< 505: another major version of HTTP (RFC 9112 §2.3)
  coding_unknown,      ///< 501: a transfer coding other than chunked (RFC 9112 §6.1)
  request_timeout,     ///< 408: the rest of the request did not come
  body_too_large,      ///< 413
  upgrade_impossible,  ///< 501: the back's protocol cannot carry it
  back_unavailable,    ///< 503: no address that works
  back_overloaded,     ///< 503
  back_unreachable,    ///< 502
  back_handshake,      ///< 502: TLS toward the back failed
  back_closed_early,   ///< 502
  back_malformed,      ///< 502
  back_timed_out,      ///< 504
  back_misdirected,    ///< 502: the back said 421, also on a connection made for this authority alone
};
/// Stable, for logs and clients: "back-misdirected".
std::string_view to_string(Trouble trouble);
int status(Trouble trouble);

/// The body of the answer. `detail`: more for people, or "". `authority`: as sent. Whatever the peer sent is
/// escaped, and cut at 300 bytes.
std::string trouble_body(Trouble trouble, std::string_view detail, std::string_view authority,
                         RefusalFormat format);

}  // namespace astray::gateway
