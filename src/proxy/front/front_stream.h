#pragma once
// The client's side of one exchange: a request that was read by an HTTP/1.1 or HTTP/2 connection, and where
// its answer goes.
#include <cstddef>
#include <string_view>

#include "gateway/message.h"

namespace astray::proxy {

using gateway::Fields;
using gateway::RequestHead;
using gateway::ResponseHead;

/// Hears the rest of the request.
class FrontListener {
 public:
  /// Valid during the call; what was taken is given back by consume().
  virtual void on_request_body(std::string_view bytes) = 0;
  /// Empty: no trailers. Not called for a request without a body.
  virtual void on_request_end(Fields trailers) = 0;
  /// The client left, reset the stream, or broke the protocol: there is nobody to answer. The last call.
  virtual void on_client_gone() = 0;
  /// What waited to be sent went out: there is room for more of the response.
  virtual void on_front_room() = 0;

 protected:
  ~FrontListener() = default;
};

/// Belongs to the connection, which keeps it until the response has ended or on_client_gone() was called.
class FrontStream {
 public:
  /// A 1xx other than 101.
  virtual void inform(int status, const Fields& fields) = 0;
  /// The final response. With a body, send_body() and end_body() follow.
  virtual void respond(ResponseHead head) = 0;
  /// Copied.
  virtual void send_body(std::string_view bytes) = 0;
  virtual void end_body(Fields trailers) = 0;
  /// The response cannot be completed: the client must see that it is not whole (RFC 9112 §8, RFC 9113 §8.1).
  virtual void abort() = 0;
  /// Bytes of the response that were taken and not yet written.
  virtual size_t unsent() const = 0;
  /// So many bytes of on_request_body() are used up.
  virtual void consume(size_t bytes) = 0;

 protected:
  ~FrontStream() = default;
};

}  // namespace astray::proxy
