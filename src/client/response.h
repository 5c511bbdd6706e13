#pragma once
// What a caller gets.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/monotonic_time.h"
#include "client/failure.h"
#include "client/field_list.h"
#include "names/endpoint.h"
#include "names/url.h"
#include "verdict/connection_facts.h"
#include "verdict/judge_retry.h"

namespace astray::client {

struct ResponseHead {
  int status = 0;
  Protocol protocol = Protocol::h1;
  bool is_http_1_0 = false;
  std::string reason_phrase{};  ///< HTTP/1 alone
  FieldList fields{};           ///< of HTTP/2 without pseudo-header fields
};

/// Opens and closes the tap of a response's body.
class BodyFlow {
 public:
  /// After on_body() said `pause`.
  virtual void resume() = 0;

 protected:
  ~BodyFlow() = default;
};

enum class Demand : uint8_t {
  more,
  pause,  ///< the peer is held back; what had come by then is still delivered
};

/// Hears the response while it comes. Must not destroy the fetch from inside a call.
class ResponseConsumer {
 public:
  virtual ~ResponseConsumer() = default;
  /// 1xx.
  virtual void on_interim(const ResponseHead&) {}
  /// A response that is not the answer: a 421 that is asked again elsewhere, or a redirect that is followed.
  virtual void on_passed_over(const ResponseHead&) {}
  /// Once. `flow` lives until the fetch ends.
  virtual void on_head(const ResponseHead& head, BodyFlow& flow) = 0;
  virtual Demand on_body(std::string_view bytes) = 0;
  virtual void on_trailers(const FieldList&) {}
};

/// When each step was reached, counted from the fetch's beginning; of the last attempt. 0: it did not happen
/// (a reused connection needs neither DNS nor TCP nor TLS).
struct Timings {
  Duration resolved{};
  Duration connected{};
  Duration secured{};
  Duration sent_from{};   ///< the request was handed to a connection
  Duration first_byte{};  ///< of the head
  Duration redirected{};  ///< what redirects and retries took before the last attempt
  Duration total{};
};

/// How a request came onto its connection.
enum class Carriage : uint8_t { none, opened, reused, coalesced };
std::string_view to_string(Carriage carriage);

/// The connection that gave the last response.
struct CarriedOn {
  uint64_t connection = 0;  ///< counts from 1 within a client
  Carriage carriage = Carriage::none;
  std::string server_name;  ///< SNI; "" when none was sent
  std::string opened_for;   ///< authority of the origin that it was opened for
  std::string tls_version, cipher;
  bool resumed = false;
  std::optional<Endpoint> local, peer;
};

/// A 421, and what was made of it.
struct Misdirected {
  uint32_t answers = 0;           ///< how many 421s this fetch met
  uint64_t first_connection = 0;  ///< which gave the first
  CarriedBy carried_by = CarriedBy::own_connection;
  RetryVerdict verdict;  ///< of the last one
};

/// All there is to know when a fetch is over, well or not.
struct FetchReport {
  std::optional<FetchFailure> failure;
  int status = 0;  ///< 0: no final head came
  Protocol protocol = Protocol::h1;
  std::optional<Url> url;  ///< the last that was asked
  CarriedOn carried_on;
  Timings timings;
  uint32_t connections_opened = 0;  ///< for this fetch
  uint32_t redirects = 0;
  uint32_t retries = 0;  ///< after 421, or of what a server said it had not looked at
  std::optional<Misdirected> misdirected;
  uint64_t head_bytes = 0;      ///< of all heads that came, about
  uint64_t body_bytes = 0;      ///< as sent, before decoding
  uint64_t uploaded_bytes = 0;  ///< of the body
  std::string redirect_target;  ///< where a redirect would have led that was not followed
};

}  // namespace astray::client
