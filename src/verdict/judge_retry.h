#pragma once
#include <cstdint>
#include <string_view>

#include "verdict/client_profile.h"
#include "verdict/reason.h"
#include "verdict/request_facts.h"

namespace astray {

/// How the connection that answered 421 came to carry the request.
enum class CarriedBy : uint8_t {
  own_connection,        ///< it was opened for this origin
  coalesced_connection,  ///< it was opened for another name
  alternative,           ///< an Alt-Svc alternative whose authority is not the origin's
};
std::string_view to_string(CarriedBy carried_by);

/// `bound`: NTLM or Negotiate authenticated the connection, not the request.
enum class AuthenticationBinding : uint8_t { none, bound };

/// A request that was answered with 421.
struct MisdirectedAnswer {
  CarriedBy carried_by = CarriedBy::coalesced_connection;
  RequestBody body = RequestBody::none;
  AuthenticationBinding authentication = AuthenticationBinding::none;
  uint8_t earlier_retries = 0;       ///< how often this request was sent again before
  Protocol protocol = Protocol::h2;  ///< of the connection that answered
};

enum class RetryAnswer : uint8_t {
  retry_on_fresh_connection,
  retry_on_same_connection,  ///< and meets the same answer
  return_to_caller,          ///< a person sees the 421 page
  could_not_tell,
};
std::string_view to_string(RetryAnswer answer);

struct RetryVerdict {
  RetryAnswer answer = RetryAnswer::could_not_tell;
  Reason reason = Reason::facts_missing;
  RetryMemory memory{};  ///< what it remembers; nothing where the 421 is just returned
};

/// What the client does next (RFC 9110 §15.5.20: it MAY send the request again on a different connection,
/// whether or not the method is idempotent). Order: condition, limit, body, authentication. Pure, no
/// allocation.
RetryVerdict judge_retry(const ClientProfile& profile, const MisdirectedAnswer& answer);

}  // namespace astray
