#pragma once
// What a client does after a 3xx: a decision over plain facts (RFC 9110 §15.4). Only 301, 302, 303, 307 and
// 308 lead anywhere by themselves: 300 offers a choice, 304 is about a cache, 305 and 306 are gone.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/field_list.h"
#include "names/url.h"

namespace astray::client {

enum class NoRedirect : uint8_t {
  other_status,
  no_location,
  limit_reached,
  bad_location,       ///< no URL, or one without a host; Url::resolve() tells why
  other_scheme,       ///< neither http nor https
  downgrade_refused,  ///< from https to http, where the policy does not allow it
  body_gone,          ///< the request would be sent again with its body, which cannot be read twice
};
/// A sentence without full stop.
std::string_view describe(NoRedirect reason);

struct RedirectPolicy {
  enum class Downgrade : uint8_t { refused, allowed };

  int limit = 20;  ///< redirects in a row; browsers follow 20 (Fetch §4.4)
  Downgrade https_to_http = Downgrade::refused;
};

/// Whether a request's body can be sent a second time.
enum class RequestBody : uint8_t { none, replayable, once };

struct RedirectFacts {
  std::string_view method;  ///< of the request that was answered
  const Url& url;           ///< its URL
  RequestBody body = RequestBody::none;
  int status = 0;
  std::optional<std::string_view> location{};  ///< the value of the field
  int followed = 0;                            ///< redirects before this one
};

/// The request to send instead.
struct Redirect {
  enum class To : uint8_t { same_origin, other_origin };
  enum class Body : uint8_t { sent_again, dropped };

  Url url;
  std::string method;
  To to = To::same_origin;
  Body body = Body::sent_again;

  /// Whether a field that the user set stays behind: credentials and Host when the origin changes (RFC 9110
  /// §15.4, items 2 and 3), fields about the content when that is dropped (item 5).
  bool drops(std::string_view field_name) const;
  void strip(FieldList& fields) const;
};

/// 301 and 302 make POST a GET, as all clients do; 303 makes everything but HEAD a GET; 307 and 308 change
/// nothing.
Result<Redirect, NoRedirect> judge_redirect(const RedirectFacts& facts, const RedirectPolicy& policy = {});

}  // namespace astray::client
