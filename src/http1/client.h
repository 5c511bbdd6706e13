#pragma once
// The client side of one HTTP/1.x connection (RFC 9112) without I/O; base/engine.h has the verbs.
//
// Requests are written exactly as asked, malformed ones too: a prober does that on purpose. Nothing is added:
// no Host, no Content-Length, no Transfer-Encoding line. Responses are read with the tolerance that the RFC
// grants a user agent, each use of it flagged (irregularity.h).
//
// Events of one exchange: InformationalResponse*, ResponseHead, BodyData*, Trailers?, ResponseEnd; or, after
// 101 and after 2xx to CONNECT, ResponseHead, Upgraded, BodyData*, ResponseEnd. Failed is the last event
// ever.
//
// Several requests may be sent before the first answer: answers belong to them in order. An answer may come,
// and end, while its request's body is still open (an early 421): the caller then ends the body, or closes.
// No timer runs here: deadline() is always empty. A caller whose own time is up may call receive_end() to
// hear how far the peer had come (closed_before_response, not_http1 with its first bytes, closed_in_body …).
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/engine.h"
#include "http1/chunked_body.h"
#include "http1/failure.h"
#include "http1/field_lines.h"
#include "http1/head_parser.h"
#include "http1/irregularity.h"
#include "http1/limits.h"
#include "http1/message.h"
#include "http1/send_queue.h"

namespace astray::http1 {

/// How send_body() writes: as it is (the caller announced a length, or lies on purpose), or in chunks.
enum class BodyWriting : uint8_t { none, as_it_is, chunked };

/// "method SP target SP version CRLF", each line of `field_lines` and its CRLF, an empty line. No byte is
/// checked.
struct Request {
  std::string method = "GET";
  std::string target = "/";  ///< in any form (RFC 9112 §3.2)
  std::string version = "HTTP/1.1";
  FieldLines field_lines{};
  BodyWriting body = BodyWriting::none;    ///< with a body, send_body()* and end_body() follow
};

struct InformationalResponse {
  int status = 0;  ///< 100, 102–199
  std::string_view reason_phrase;
  Fields fields;
  Irregularities irregularities;
};
struct ResponseHead {
  Version version{};
  int status = 0;  ///< 101, 200–999
  std::string_view reason_phrase;
  Fields fields;
  Framing framing{};
  std::optional<uint64_t> content_length;  ///< with Framing::content_length: bytes
  Irregularities irregularities;
};
/// From here on BodyData carries the bytes of the other protocol, and send_body() writes them as they are.
struct Upgraded {};
struct ResponseEnd {
  Framing framing{};
  KeepsAlive keeps_alive{};       ///< whether another request may be sent (RFC 9112 §9.3)
  Irregularities irregularities;  ///< of head, body and trailers together
};
using ClientEvent =
    std::variant<InformationalResponse, ResponseHead, BodyData, Trailers, ResponseEnd, Upgraded, Failed>;

}  // namespace astray::http1

namespace astray {

class Http1Client {
 public:
  using Event = http1::ClientEvent;

  explicit Http1Client(http1::Limits limits = {});

  void receive(std::string_view bytes);
  void receive_end();
  std::optional<Event> next_event();
  size_t write_to(std::span<char> buffer) { return output_.write_to(buffer); }
  std::optional<MonotonicTime> deadline() const { return std::nullopt; }
  void on_deadline(MonotonicTime) {}

  /// Queues a request. Not while the body of the one before is open.
  void send(const http1::Request& request);
  /// Queues a piece of the open request's body, or of the tunnel; copied. An empty piece is nothing.
  void send_body(std::string_view bytes);
  /// Ends the open body. Trailers only with BodyWriting::chunked, each "name: value", not checked.
  void end_body(const http1::FieldLines& trailer_lines = {});

  /// Requests that were sent and whose ResponseEnd has not come.
  size_t outstanding() const { return outstanding_.size(); }
  /// Bytes that wait for write_to().
  size_t queued_bytes() const { return output_.size(); }
  /// After Failed.
  bool failed() const { return state_ == State::failed; }

 private:
  enum class State : uint8_t {
    begin_head,
    before_head,
    other_protocol,
    head,
    content_length,
    chunked,
    until_close,
    announce_upgrade,
    tunnel,
    end,
    closed,
    failed
  };
  struct Outstanding {
    std::string method;
    http1::Version version{};
    http1::KeepsAlive keep{};
  };

  std::optional<Event> step();
  std::optional<Event> before_head();
  std::optional<Event> read_other_protocol();
  std::optional<Event> read_head();
  std::optional<Event> take_head();
  std::optional<Event> read_plain();
  std::optional<Event> read_chunked();
  std::optional<Event> end_response();
  std::optional<Event> peer_ended();
  Event fail(http1::FailureReason reason, std::string_view first_bytes = {});
  Event fail_as_other_protocol();

  http1::Limits limits_;
  http1::SendQueue output_;
  std::vector<Outstanding> outstanding_;  ///< in order; rarely more than one
  http1::BodyWriting writing_ = http1::BodyWriting::none;

  State state_ = State::before_head;
  std::string_view input_;
  bool input_ended_ = false;
  bool answered_before_ = false;
  bool unsolicited_ = false;
  std::string first_bytes_;
  http1::HeadParser head_;
  http1::ChunkedBody chunks_;
  size_t informational_seen_ = 0;
  uint64_t content_left_ = 0;
  http1::ResponseEnd ending_{};
};
static_assert(Engine<Http1Client>);

}  // namespace astray
