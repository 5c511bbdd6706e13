#pragma once
// The server side of one HTTP/1.x connection (RFC 9112) without I/O; base/engine.h has the verbs.
//
// Requests are read strictly: whatever two readers could understand differently (request smuggling, RFC 9112
// §11.2) is a failure with the status to answer. Host lines are not judged: all are handed up as they came.
//
// Events of one exchange: RequestHead, BodyData*, Trailers?, RequestEnd. The next RequestHead comes when this
// request was read to its end and its response was ended. Failed is the last event ever; a response may still
// be queued after it where it has a status, and the connection is then to be closed. No timer runs here:
// deadline() is always empty.
#include <cstddef>
#include <cstdint>
#include <optional>
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
#include "http1/limits.h"
#include "http1/message.h"
#include "http1/send_queue.h"
#include "http1/target.h"

namespace astray::http1 {

enum class Expectation : uint8_t { none, continue_100 };  ///< RFC 9110 §10.1.1

struct RequestHead {
  std::string_view method;
  std::string_view raw_target;
  Target target;
  Version version{};
  Fields fields;
  Framing framing{};                       ///< no_body, content_length or chunked
  std::optional<uint64_t> content_length;  ///< with Framing::content_length: bytes
  Expectation expects = Expectation::none;
};
struct RequestEnd {};
using ServerEvent = std::variant<RequestHead, BodyData, Trailers, RequestEnd, Failed>;

/// How the engine frames a response's body. It writes the Content-Length, Transfer-Encoding and "Connection:
/// close" lines that follow from it, and writes no body where none may be (HEAD, 204, 304).
enum class ResponseBody : uint8_t {
  none,
  content_length,  ///< Response::content_length bytes, given to send_body()
  chunked,         ///< HTTP/1.0 requests get until_close instead
  until_close,
  verbatim,  ///< adds no line and checks nothing: for origins that misbehave on purpose
};

struct Response {
  int status = 200;  ///< 101, 200–999
  std::string reason_phrase{};
  FieldLines field_lines{};
  ResponseBody body = ResponseBody::none;
  uint64_t content_length = 0;        ///< bytes
  KeepsAlive keep = KeepsAlive::yes;  ///< no: the connection is closed after this response
};

}  // namespace astray::http1

namespace astray {

class Http1Server {
 public:
  using Event = http1::ServerEvent;

  explicit Http1Server(http1::Limits limits = {});

  void receive(std::string_view bytes);
  void receive_end();
  std::optional<Event> next_event();
  size_t write_to(std::span<char> buffer) { return output_.write_to(buffer); }
  std::optional<MonotonicTime> deadline() const { return std::nullopt; }
  void on_deadline(MonotonicTime) {}

  /// A 1xx other than 101, before the final response.
  void inform(int status, std::string_view reason_phrase, const http1::FieldLines& field_lines = {});
  /// Begins the final response to the current request, or to Failed. With a body, send_body()* and
  /// end_response() follow; with ResponseBody::none it is ended by this call.
  void respond(const http1::Response& response);
  /// The whole response in one call, with a Content-Length.
  void respond(http1::Response response, std::string_view content);
  /// Queues a piece of the body; copied. Also the bytes of a tunnel after 101 or 2xx to CONNECT.
  void send_body(std::string_view bytes);
  void end_response(const http1::FieldLines& trailer_lines = {});

  /// Whether a response is due: a request head was handed out, or Failed with a status, and is unanswered.
  bool awaits_response() const { return due_ != Due::nothing; }
  /// Close the connection as soon as write_to() returns 0, also while the rest of a refused request still
  /// comes (RFC 9112 §9.6 has how to do that without losing the response).
  bool must_close() const;
  /// When must_close(): the client said that this was its last request (RFC 9112 §9.6), all of it is read, and nothing
  /// came behind it. Nothing is lost then when the connection is closed without waiting for the client.
  bool client_is_done() const { return is_last_request_ && state_ == State::closed && !said_more_; }
  /// Whether the peer should be read at all: not while requests wait for their turn.
  bool wants_input() const;
  bool failed() const { return state_ == State::failed; }
  size_t queued_bytes() const { return output_.size(); }

 private:
  enum class State : uint8_t {
    start,
    head,
    content_length,
    chunked,
    too_large,
    end,
    waiting,
    tunnel,
    closed,
    failed
  };
  enum class Due : uint8_t { nothing, response, rest_of_response };

  std::optional<Event> step();
  std::optional<Event> read_head();
  std::optional<Event> take_head();
  std::optional<Event> read_content();
  std::optional<Event> read_chunked();
  std::optional<Event> end_request();
  std::optional<Event> peer_ended();
  std::optional<Event> hold_input();
  void begin_next_request();
  Event fail(http1::FailureReason reason, std::string_view first_bytes = {},
             http1::OtherProtocol looks_like = http1::OtherProtocol::none);
  void append_content_length(uint64_t bytes);
  void write_head(int status, std::string_view reason_phrase, const http1::FieldLines& field_lines);

  http1::Limits limits_;
  http1::SendQueue output_;

  State state_ = State::start;
  std::string_view input_;
  std::string held_;  // what came before its turn; from held_begin_ on
  size_t held_begin_ = 0;
  bool input_ended_ = false;
  http1::HeadParser head_;
  http1::ChunkedBody chunks_;
  uint64_t content_left_ = 0;
  uint64_t content_seen_ = 0;

  Due due_ = Due::nothing;
  std::string method_;
  http1::Version version_{};
  http1::KeepsAlive keep_ = http1::KeepsAlive::yes;
  bool is_last_request_ = false;  ///< the client said so
  bool said_more_ = false;        ///< all the same
  http1::ResponseBody writing_ = http1::ResponseBody::none;
  uint64_t response_left_ = 0;
  bool omits_content_ = false;
  bool tunnels_ = false;
};
static_assert(Engine<Http1Server>);

}  // namespace astray
