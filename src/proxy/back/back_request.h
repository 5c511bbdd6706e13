#pragma once
// One request toward a back, and what comes of it. An exchange (proxy/exchange) holds the one and is the
// other.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/message.h"
#include "gateway/routing/weighted_backs.h"
#include "names/endpoint.h"
#include "names/server_name.h"

namespace astray::proxy {

using gateway::Fields;
using gateway::RequestHead;
using gateway::ResponseHead;

/// Of BackSettings in the configuration that the gateway runs with.
using BackIndex = gateway::BackPosition;

/// Which connection a request may take.
enum class Scope : uint8_t {
  shared,     ///< any that fits the back, the SNI and the verification name
  authority,  ///< one that carries this authority alone, and a new one: after a 421
};

struct BackWish {
  BackIndex back;
  std::optional<ServerName> sni{};  ///< toward a back with TLS; absent: none is sent
  Scope scope = Scope::shared;
  uint64_t hash = 0;  ///< of what consistent hashing looks at
};

struct BackFailure {
  enum class Kind : uint8_t {
    unavailable,   ///< no address is known or healthy
    overloaded,    ///< a circuit limit: too many connections, too many that wait
    unreachable,   ///< no connection: refused, no route, timed out
    handshake,     ///< TLS failed, or the certificate is not accepted
    closed_early,  ///< the connection ended, or the stream was reset, before the response was complete
    malformed,     ///< what came is no HTTP
    timed_out,     ///< the response did not begin, or stopped
  };
  Kind kind;
  std::string sentence;  ///< for people; no secrets
  /// Whether the back may have begun to act on the request. `never`: it can be sent again, whatever its
  /// method.
  enum class Processing : uint8_t { never, possible } processing = Processing::possible;
};
/// Stable, for logs: "closed-early".
std::string_view to_string(BackFailure::Kind kind);

/// What is known of the connection that a request took.
struct BackConnectionFacts {
  uint64_t id = 0;  ///< unique in the process
  Endpoint peer = Endpoint::with_any_port(IpAddress::v4({}));
  bool reused = false;  ///< it carried requests before
};

/// Hears what becomes of a request. Each call may destroy the BackRequest, and nothing is called afterwards.
class BackResponder {
 public:
  /// Once, before the others, except on_failure(): the request has a connection.
  virtual void on_connection(const BackConnectionFacts& facts) = 0;
  /// 100 and 102–199.
  virtual void on_interim(int status, Fields fields) = 0;
  virtual void on_head(ResponseHead head) = 0;
  /// Valid during the call; what was taken is given back by consume().
  virtual void on_body(std::string_view bytes) = 0;
  /// Behind the body, in place of on_end().
  virtual void on_trailers(Fields fields) = 0;
  virtual void on_end() = 0;
  virtual void on_failure(BackFailure failure) = 0;
  /// What waited to be sent went out: there is room for more of the request.
  virtual void on_room() = 0;

 protected:
  ~BackResponder() = default;
};

/// Destroying it before the end cancels the request, wherever it is: waiting for a connection, being sent, or
/// being answered.
class BackRequest {
 public:
  BackRequest(const BackRequest&) = delete;
  BackRequest& operator=(const BackRequest&) = delete;
  virtual ~BackRequest() = default;

  /// More of the request's body; copied. Also before there is a connection.
  virtual void send_body(std::string_view bytes) = 0;
  /// Ends the body. Empty: no trailers.
  virtual void end_body(Fields trailers) = 0;
  /// Bytes of the body that were taken and not yet written: the back pressure for whoever calls send_body().
  virtual size_t unsent() const = 0;
  /// So many bytes of on_body() are used up; the back is asked for no more than a window of what is not.
  virtual void consume(size_t bytes) = 0;

 protected:
  BackRequest() = default;
};

/// All backs, as one worker sees them. The responder outlives the request.
class BackSender {
 public:
  virtual std::unique_ptr<BackRequest> send(const BackWish& wish, const RequestHead& head,
                                            BackResponder& responder) = 0;

 protected:
  ~BackSender() = default;
};

}  // namespace astray::proxy
