// One request after the other on one connection (RFC 9112); never pipelined.
#include <fmt/format.h>

#include "base/ascii.h"
#include "base/check.h"
#include "http1/client.h"
#include "names/raw_host.h"
#include "proxy/back/back_connection.h"
#include "proxy/back/back_messages.h"
#include "proxy/back/open_back.h"
#include "proxy/back/pooled_request.h"
#include "tls/websocket_key.h"

namespace astray::proxy {
namespace {

/// Of a response; bytes. Less than response_window, since the system's buffers wait behind it, and a client
/// can let a hundred responses wait at once.
constexpr size_t most_unconsumed = size_t{128} * 1024;

class Http1Back final : public BackConnection {
 public:
  Http1Back(BackConnectionParts parts, OpenedBack opened, BackConnectionFacts facts)
      : BackConnection(parts.loop, parts.buffers, std::move(opened), facts, parts.limits, parts.keeper) {}

  void start(PooledRequest& request, const RequestHead& head) override;
  void send_body(PooledRequest& request, std::string_view bytes) override;
  void end_body(PooledRequest& request, Fields trailers) override;
  size_t unsent(const PooledRequest&) const override { return engine_.queued_bytes() + held_.size(); }
  void consume(PooledRequest& request, size_t bytes) override;
  void cancel(PooledRequest& request) override;
  uint32_t room() const override { return state_ == State::free && !retired() ? 1 : 0; }
  bool idle() const override { return state_ == State::free; }
  void close() override;

 private:
  using Kind = BackFailure::Kind;
  using Processing = BackFailure::Processing;
  enum class State : uint8_t { free, busy, over };
  /// Of the request's body.
  enum class Upload : uint8_t {
    over,
    open,
    held,    ///< bytes of another protocol, until the back goes over to it
    tunnel,  ///< it did
  };
  /// Whether the back can have seen something of the request.
  enum class Written : uint8_t { nothing, something };

  void on_bytes(std::string_view bytes) override;
  void on_wire_end(const client::WireEnd& end) override;
  size_t take_output(std::span<char> buffer) override;
  void drain_engine();
  void take(const Http1Client::Event& event);
  void take_head(const http1::ResponseHead& head);
  void take_failure(const http1::Failed& failed);
  void end_response();
  void open_tunnel();
  void go_over(const http1::ResponseHead& head);
  void fail(Kind kind, std::string sentence);
  /// Nobody but the responder's request is told.
  PooledRequest* release();

  Http1Client engine_;
  http1::Request written_;  ///< the last one's memory
  State state_ = State::free;
  PooledRequest* request_ = nullptr;
  Upload upload_ = Upload::over;
  Written sent_ = Written::nothing;
  std::optional<uint64_t> announced_left_;  ///< of the request's Content-Length, bytes
  std::string protocol_;                    ///< that the request asks for
  std::string websocket_key_;               ///< that was made for a client whose protocol has none (RFC 8441 §5)
  std::string held_;
  bool held_ended_ = false;
  bool is_above_ = false;  ///< half of most_unsent
  size_t unconsumed_ = 0;
  std::optional<http1::ResponseEnd> ended_;
  std::optional<Fields> trailers_;
  client::WireEnd::Kind wire_end_ = client::WireEnd::Kind::clean;
};

void Http1Back::start(PooledRequest& request, const RequestHead& head) {
  CHECK(state_ == State::free);
  state_ = State::busy;
  request_ = &request;
  count_request();
  sent_ = Written::nothing;
  unconsumed_ = 0;
  is_above_ = false;
  protocol_ = head.upgrade;
  announced_left_ = head.body == gateway::Body::follows ? head.content_length : std::nullopt;
  upload_ = head.body == gateway::Body::follows ? Upload::open
            : head.upgrade.empty()              ? Upload::over
                                                : Upload::held;
  write_http1_request(head, written_);
  websocket_key_.clear();
  if (is_websocket(head) && !http2::first_value(head.fields, gateway::websocket_key_name)) {
    websocket_key_ = make_websocket_key();
    written_.field_lines.add("Sec-WebSocket-Key", websocket_key_);
  }
  engine_.send(written_);
  wire().flush_soon();
}

void Http1Back::send_body(PooledRequest& request, std::string_view bytes) {
  if (request_ != &request || state_ != State::busy) return;
  switch (upload_) {
    case Upload::over:
      return;
    case Upload::held:
      held_ += bytes;
      break;
    case Upload::open:
      if (announced_left_) {
        // The back would read the rest as another request (RFC 9112 §11.2).
        if (bytes.size() > *announced_left_) bytes = bytes.substr(0, static_cast<size_t>(*announced_left_));
        *announced_left_ -= bytes.size();
      }
      [[fallthrough]];
    case Upload::tunnel:
      engine_.send_body(bytes);
      break;
  }
  if (unsent(request) >= most_unsent / 2) is_above_ = true;
  wire().flush_soon();
}

void Http1Back::end_body(PooledRequest& request, Fields trailers) {
  if (request_ != &request || state_ != State::busy) return;
  switch (std::exchange(upload_, Upload::over)) {
    case Upload::over:
      return;
    case Upload::held:
      upload_ = Upload::held;
      held_ended_ = true;
      return;
    case Upload::tunnel:
      return wire().close();
    case Upload::open:
      if (announced_left_.value_or(0) != 0) {
        release();
        request.fail_soon(
            {Kind::malformed, "the request's body is shorter than its Content-Length", Processing::possible});
        return close();
      }
      // What has a length has no place for trailers.
      engine_.end_body(announced_left_ ? http1::FieldLines() : trailer_lines(trailers));
  }
  wire().flush_soon();
}

void Http1Back::consume(PooledRequest& request, size_t bytes) {
  if (request_ != &request) return;
  unconsumed_ -= std::min(bytes, unconsumed_);
  if (unconsumed_ < most_unconsumed / 2) wire().resume_reading();
}

// A response under way cannot be told from the next one: the connection goes with the request.
void Http1Back::cancel(PooledRequest& request) {
  if (request_ != &request) return;
  release();
  close();
}

PooledRequest* Http1Back::release() {
  PooledRequest* request = std::exchange(request_, nullptr);
  if (request == nullptr) return nullptr;
  request->leave_connection();
  keeper().on_request_left(*this);
  return request;
}

void Http1Back::close() {
  if (state_ == State::over) return;
  state_ = State::over;
  wire().close();
  finish();
}

void Http1Back::fail(Kind kind, std::string sentence) {
  const Processing processing = sent_ == Written::nothing ? Processing::never : Processing::possible;
  // A kept connection may close just when it is taken: that says nothing of the back.
  const bool was_kept = requests() > 1 && request_ != nullptr && !request_->has_head();
  if (request_ != nullptr && !(was_kept && kind == Kind::closed_early)) keeper().on_broken(*this);
  PooledRequest* request = release();
  close();
  if (request != nullptr) request->fail({kind, std::move(sentence), processing});
}

size_t Http1Back::take_output(std::span<char> buffer) {
  // Nobody waits for an answer, and the rest could make a request look whole that its client cut off.
  if (state_ == State::over) return 0;
  const size_t size = engine_.write_to(buffer);
  if (size != 0) sent_ = Written::something;
  if (is_above_ && request_ != nullptr && unsent(*request_) < most_unsent / 2) {
    is_above_ = false;
    request_->make_room();
  }
  return size;
}

void Http1Back::on_bytes(std::string_view bytes) {
  if (state_ == State::over) return;
  // An answer to a question that was not yet asked would be taken for this request's.
  if (request_ != nullptr && sent_ == Written::nothing)
    return fail(Kind::malformed, "the back sent bytes before it was asked for any");
  engine_.receive(bytes);
  drain_engine();
}

void Http1Back::drain_engine() {
  while (state_ != State::over) {
    const std::optional<Http1Client::Event> event = engine_.next_event();
    if (!event) break;
    take(*event);
  }
  // Only here: bytes behind the response would otherwise pass for the next one's.
  if (state_ == State::busy && ended_) end_response();
}

void Http1Back::on_wire_end(const client::WireEnd& end) {
  if (state_ == State::over) return;
  wire_end_ = end.kind;
  if (end.kind == client::WireEnd::Kind::broken)
    return fail(Kind::closed_early, "the connection broke: " + end.sentence);
  engine_.receive_end();
  drain_engine();
  if (request_ != nullptr) return fail(Kind::closed_early, "the back closed the connection");
  close();
}

void Http1Back::take(const Http1Client::Event& event) {
  if (const auto* failed = std::get_if<http1::Failed>(&event)) return take_failure(*failed);
  if (const auto* end = std::get_if<http1::ResponseEnd>(&event)) {
    ended_ = *end;
    return;
  }
  if (request_ == nullptr) return;
  request_->announce();
  if (request_ == nullptr) return;
  if (const auto* head = std::get_if<http1::ResponseHead>(&event)) {
    take_head(*head);
  } else if (const auto* body = std::get_if<http1::BodyData>(&event)) {
    unconsumed_ += body->bytes.size();
    if (unconsumed_ >= most_unconsumed) wire().pause_reading();
    request_->take_body(body->bytes);
  } else if (const auto* interim = std::get_if<http1::InformationalResponse>(&event)) {
    request_->take_interim(interim->status, fields_from_http1(interim->fields));
  } else if (const auto* trailers = std::get_if<http1::Trailers>(&event)) {
    trailers_ = fields_from_http1(trailers->fields);
  }
}

void Http1Back::take_head(const http1::ResponseHead& head) {
  if (head.status == 101) {
    go_over(head);
    if (state_ == State::over) return;
  } else if (upload_ == Upload::held) {
    upload_ = Upload::over;
    held_.clear();
  }
  keeper().on_answer(*this);
  if (request_ == nullptr) return;
  ResponseHead answer = head_from_http1(head);
  if (!websocket_key_.empty())
    answer.fields.remove_if([](const http2::Field& field) { return field.name == gateway::websocket_accept_name; });
  request_->take_head(std::move(answer));
}

void Http1Back::go_over(const http1::ResponseHead& head) {
  // RFC 9110 §7.8: only to what was asked for.
  const std::optional<std::string_view> chosen = head.fields.find(http1::KnownField::upgrade);
  if (protocol_.empty() || upload_ == Upload::open || !chosen || !ascii_iequals(*chosen, protocol_)) {
    return fail(Kind::malformed,
                fmt::format("the back switches to the protocol \"{}\", which was not asked for, or not yet",
                            RawHost(std::string(chosen.value_or(""))).printable()));
  }
  if (!websocket_key_.empty() && head.fields.find(gateway::websocket_accept_name) != websocket_accept(websocket_key_))
    return fail(Kind::malformed, "the back's Sec-WebSocket-Accept does not answer the key that it got (RFC 6455 §4.1)");
  open_tunnel();
}

void Http1Back::open_tunnel() {
  retire();
  upload_ = Upload::tunnel;
  engine_.send_body(held_);
  held_.clear();
  if (!held_ended_) return wire().flush_soon();
  upload_ = Upload::over;
  wire().close();
}

void Http1Back::end_response() {
  const http1::ResponseEnd end = *std::exchange(ended_, std::nullopt);
  std::optional<Fields> trailers = std::exchange(trailers_, std::nullopt);
  if (end.framing == http1::Framing::until_close && wire_end_ == client::WireEnd::Kind::truncated) {
    // RFC 9112 §9.8: nobody can tell whether this is all.
    return fail(
        Kind::closed_early,
        "the response ends with the connection, and TLS did not say that it is all (no close_notify)");
  }
  PooledRequest* request = release();
  // What is not sent by now nobody waits for (RFC 9112 §9.5).
  const bool sent_all = upload_ == Upload::over && engine_.queued_bytes() == 0;
  if (end.keeps_alive == http1::KeepsAlive::yes && sent_all && !retired()) {
    state_ = State::free;
    wire().resume_reading();
    keeper().on_free(*this);
  } else {
    close();
  }
  if (request != nullptr) request->take_end(std::move(trailers));
}

void Http1Back::take_failure(const http1::Failed& failed) {
  using http1::FailureReason;
  // The response was whole; what comes behind it only costs the connection.
  if (ended_) {
    retire();
    return;
  }
  std::string sentence(http1::describe(failed.reason));
  if (!failed.first_bytes.empty())
    sentence += fmt::format(": \"{}\"", RawHost(std::string(failed.first_bytes)).printable());
  switch (failed.reason) {
    case FailureReason::closed_before_response:
      if (requests() > 1)
        sentence += "; the connection had been used before, and may have been about to close";
      [[fallthrough]];
    case FailureReason::closed_in_head:
    case FailureReason::closed_in_body:
      return fail(Kind::closed_early, std::move(sentence));
    default:
      return fail(Kind::malformed, std::move(sentence));
  }
}

}  // namespace

std::unique_ptr<BackConnection> make_http1_back(BackConnectionParts parts, OpenedBack opened) {
  const BackConnectionFacts facts{.id = parts.id, .peer = opened.stream->peer()};
  return std::make_unique<Http1Back>(parts, std::move(opened), facts);
}

}  // namespace astray::proxy
