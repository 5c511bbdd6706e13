#pragma once
// From what an engine read to what travels on. Whatever comes out of here can be written as HTTP/1.1 or as
// HTTP/2 without anybody reading it differently: names are tokens in lower case, no value has a control
// character, the target has URL bytes alone and its path has no path_problem().
#include <string>

#include "base/result.h"
#include "gateway/message.h"
#include "gateway/routing/request_problem.h"
#include "http1/server.h"

namespace astray::gateway {

/// `authority` and `scheme` are those that the request was judged by. The engine's fields are copied once.
///
/// An Upgrade is passed on where Connection names it, the version is 1.1 and no body follows; the first
/// protocol of its list alone, and never "h2c" or another HTTP: that is for this connection's two ends.
Result<RequestHead, RequestProblem> take_request_head(const http1::RequestHead& from, Scheme scheme,
                                                      std::string authority);

/// `from` has no defect (http2::request_defect); its lines are moved, not copied. The lines of Cookie are
/// joined (RFC 9113 §8.2.3).
Result<RequestHead, RequestProblem> take_request_head(http2::Fields from, Scheme scheme,
                                                      std::string authority, Body body);

/// Trailers that may follow the body of a request or of a response: without what RFC 9110 §6.5.1 forbids
/// there (framing, routing, claims of gateways, credentials). Bad names and values are a problem, as above.
Result<Fields, RequestProblem> take_trailers(const http1::Fields& from);
Result<Fields, RequestProblem> take_trailers(http2::Fields from);

}  // namespace astray::gateway
