#pragma once
// What the gateway itself answers in place of a back.
#include <string>
#include <string_view>

#include "gateway/refusal/refusal_format.h"
#include "verdict/verdict.h"

namespace astray::gateway {

/// What would help whoever was refused.
enum class Remedy : uint8_t {
  connection_of_its_own,  ///< the same request on a new connection, made for its authority alone
  other_scheme,           ///< the authority is here, under the other of http and https
  other_place,            ///< nobody here answers for the authority: asking again does not help
  other_request,          ///< the request does not say whom it means
};
/// Stable: "connection-of-its-own".
std::string_view to_string(Remedy remedy);
/// Of a verdict that is neither `serve` nor `could_not_tell`.
Remedy remedy(const Verdict& verdict);

/// The body: the status, the reason and its sentence, the two names, and the remedy in a sentence. Whatever
/// the peer sent is escaped, and cut at 300 bytes.
std::string refusal_body(const Verdict& verdict, RefusalFormat format);

}  // namespace astray::gateway
