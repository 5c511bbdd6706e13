#pragma once
// What a caller gets.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "astray/error.h"
#include "astray/fields.h"

namespace astray::http {

struct ResponseHead {
  int status = 0;               ///< 0: none came
  std::string version{};        ///< "HTTP/1.0", "HTTP/1.1", "HTTP/2"
  std::string reason_phrase{};  ///< HTTP/1 alone
  Fields fields{};              ///< of HTTP/2 without pseudo-header fields
};

/// How a request came onto its connection.
enum class Carriage : uint8_t {
  none,       ///< onto none
  opened,     ///< one was opened for it
  reused,     ///< one of its own origin was there
  coalesced,  ///< onto one that was opened for another name
};
ASTRAY_EXPORT std::string_view to_string(Carriage carriage);

/// The connection that gave the last response.
struct ConnectionInfo {
  uint64_t id = 0;  ///< counts from 1 within a client; 0: none
  Carriage carriage = Carriage::none;
  std::string server_name{};            ///< SNI; "" when none was sent
  std::string opened_for{};             ///< authority of the origin that it was opened for
  std::string local{}, peer{};          ///< "192.0.2.1:443"
  std::string tls_version{}, cipher{};  ///< "" in clear
  bool resumed = false;                 ///< with a TLS session
};

/// When each step was reached, counted from the fetch's beginning; of the last attempt. 0: it did not happen
/// (a reused connection needs neither DNS nor TCP nor TLS).
struct Timings {
  std::chrono::nanoseconds resolved{};
  std::chrono::nanoseconds connected{};
  std::chrono::nanoseconds secured{};
  std::chrono::nanoseconds sent_from{};   ///< the request was handed to a connection
  std::chrono::nanoseconds first_byte{};  ///< of the head
  std::chrono::nanoseconds redirected{};  ///< what redirects and retries took before the last attempt
  std::chrono::nanoseconds total{};
};

/// A 421, and what was made of it.
struct Misdirected {
  uint32_t answers = 0;           ///< how many 421s this fetch met
  uint64_t first_connection = 0;  ///< which gave the first
  std::string carried_by{};       ///< how that one carried the request: "coalesced-connection", …
  std::string verdict{};          ///< on the last: "retry-on-fresh-connection", "return-to-caller", …
  std::string reason{};           ///< why: the stable id of a reason, as in the trace
};

/// All there is to know when a fetch is over, well or not. Where it was cancelled or the client went away,
/// little.
struct Report {
  std::string url{};  ///< the last that was asked
  ConnectionInfo connection{};
  Timings timings{};
  uint32_t connections_opened = 0;  ///< for this fetch
  uint32_t redirects = 0;
  uint32_t retries = 0;  ///< after 421, or of what a server said it had not looked at
  std::optional<Misdirected> misdirected{};
  uint64_t head_bytes = 0;        ///< of all heads that came, about
  uint64_t body_bytes = 0;        ///< as sent, before decoding
  uint64_t uploaded_bytes = 0;    ///< of the body
  std::string redirect_target{};  ///< where a redirect would have led that was not followed
};

/// Of Client::fetch().
struct Outcome {
  /// Nothing: the response is whole, whatever its status.
  std::optional<FetchError> error{};
  ResponseHead head{};
  std::string body{};  ///< with an error: what had come by then
  Fields trailers{};
  Report report{};

  explicit operator bool() const { return !error; }
};

}  // namespace astray::http
