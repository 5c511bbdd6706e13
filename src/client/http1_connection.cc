// One request after the other on one connection (RFC 9112); never pipelined.
#include <fmt/format.h>

#include "base/ascii.h"
#include "base/check.h"
#include "client/connection.h"
#include "client/exchange.h"
#include "http1/client.h"
#include "names/raw_host.h"

namespace astray::client {
namespace {

constexpr size_t upload_ahead = size_t{64} * 1024;
constexpr size_t piece_bytes = size_t{16} * 1024;
/// Of a body that nobody wants, for the sake of the connection; more is not worth it.
constexpr size_t most_drained = size_t{64} * 1024;
bool belongs_to_connection(std::string_view name) {
  for (const std::string_view field :
       {"host", "content-length", "transfer-encoding", "keep-alive", "proxy-connection", "upgrade"}) {
    if (ascii_iequals(name, field)) return true;
  }
  return false;
}

http1::Request request_of(const OutgoingHead& head, const Upload& upload, const FieldList& trailers) {
  http1::Request request;
  request.method = head.method;
  request.target = head.target;
  // Through a proxy in clear the target says where to (RFC 9112 §3.2.2).
  const bool absolute = head.form == OutgoingHead::Form::absolute;
  if (absolute)
    request.target = fmt::format("{}://{}{}", to_string(head.scheme), head.authority, head.target);
  http1::FieldLines& lines = request.field_lines;
  lines.reserve(512);
  lines.add("Host", head.authority);
  for (const Field& field : head.fields) {
    if (!belongs_to_connection(field.name)) lines.add(field.name, field.value);
  }
  if (!head.proxy_authorization.empty()) lines.add("Proxy-Authorization", head.proxy_authorization);
  if (!upload.has_body()) return request;
  const auto length = upload.length();
  if (length && trailers.empty()) {
    lines.add("Content-Length", std::to_string(*length));
    request.body = http1::BodyWriting::as_it_is;
  } else {
    lines.add("Transfer-Encoding", "chunked");
    request.body = http1::BodyWriting::chunked;
  }
  return request;
}

ResponseHead head_of(int status, http1::Version version, std::string_view reason_phrase,
                     const http1::Fields& fields) {
  ResponseHead head{.status = status,
                    .is_http_1_0 = version == http1::Version::http_1_0,
                    .reason_phrase = std::string(reason_phrase)};
  for (const http1::Field& field : fields) head.fields.add(field.name, field.value);
  return head;
}

class Http1Connection final : public Connection {
 public:
  Http1Connection(Established established, Transport transport, ConnectionKeeper& keeper)
      : Connection(std::move(established), std::move(transport), keeper) {}

  void start(Exchange& exchange) override;
  void stop(Exchange& exchange) override;
  void upload_ready(Exchange&) override { wire().flush_soon(); }
  void resume(Exchange&) override { wire().resume_reading(); }
  uint32_t streams_left() const override { return state_ == State::free && !retired() ? 1 : 0; }
  /// Draining counts as idle: nobody waits, and a peer that stops in the middle is not waited for longer.
  bool idle() const override { return state_ != State::busy; }
  void say_goodbye() override;

 private:
  enum class State : uint8_t {
    free,
    busy,
    draining,  ///< the rest of a response that nobody waits for
    over
  };

  void on_bytes(std::string_view bytes) override;
  void on_wire_end(const WireEnd& end) override;
  size_t take_output(std::span<char> buffer) override;
  void drain_engine();
  void take(const Http1Client::Event& event);
  void take_head(const http1::ResponseHead& head);
  void take_end(const http1::ResponseEnd& end);
  void take_failure(const http1::Failed& failed);
  void pump();
  void fail(FailureKind kind, std::string sentence, Processing processing = Processing::possible);
  void close(std::string_view why);

  Http1Client& engine();

  /// While there is something for it: what an idle connection needs no memory for.
  std::unique_ptr<Http1Client> engine_;
  State state_ = State::free;
  Exchange* exchange_ = nullptr;
  bool uploading_ = false;
  bool close_delimited_ = false;  ///< the end of the response is the end of the connection
  uint64_t requests_ = 0;
  size_t drained_ = 0;
  WireEnd::Kind wire_end_ = WireEnd::Kind::clean;
};

void Http1Connection::start(Exchange& exchange) {
  CHECK(state_ == State::free);
  exchange_ = &exchange;
  state_ = State::busy;
  keeper().on_full(*this);
  close_delimited_ = false;
  ++requests_;
  const Upload& upload = exchange.upload();
  engine().send(request_of(exchange.request(), upload, exchange.trailers()));
  uploading_ = upload.has_body();
  wire().flush_soon();
}

// A response under way cannot be told from the next one: the connection goes with the exchange.
void Http1Connection::stop(Exchange& exchange) {
  if (exchange_ != &exchange) return;
  exchange_ = nullptr;
  close("a request on it was given up");
}

void Http1Connection::say_goodbye() {
  retire("the client says goodbye");
  if (idle()) close("the client says goodbye");
}

void Http1Connection::close(std::string_view why) {
  if (state_ == State::over) return;
  state_ = State::over;
  retire(why);
  wire().close();
  finish();
}

void Http1Connection::fail(FailureKind kind, std::string sentence, Processing processing) {
  if (Exchange* exchange = std::exchange(exchange_, nullptr)) {
    const Phase phase = exchange->got_head() ? Phase::response_body : Phase::response_head;
    exchange->on_failure({kind, phase, sentence, processing});
  }
  close(sentence);
}

Http1Client& Http1Connection::engine() {
  if (!engine_) engine_ = std::make_unique<Http1Client>();
  return *engine_;
}

size_t Http1Connection::take_output(std::span<char> buffer) {
  if (uploading_) pump();
  return engine_ ? engine_->write_to(buffer) : 0;
}

void Http1Connection::pump() {
  using Kind = BodySource::Piece::Kind;
  if (exchange_ == nullptr || exchange_->body_is_held()) return;
  Upload& upload = exchange_->upload();
  while (engine_->queued_bytes() < upload_ahead) {
    const BodySource::Piece piece = upload.read(piece_bytes);
    if (piece.kind == Kind::later) return;
    exchange_->on_upload_progress();
    if (piece.kind == Kind::bytes) {
      engine_->send_body(piece.bytes);
      continue;
    }
    uploading_ = false;
    if (piece.kind == Kind::failed) {
      Exchange& exchange = *std::exchange(exchange_, nullptr);
      exchange.on_failure(
          {FailureKind::body_source_failed, Phase::request, std::string(piece.bytes), Processing::possible});
      return close("the body of a request could not be read");
    }
    http1::FieldLines lines;
    for (const Field& field : exchange_->trailers()) lines.add(field.name, field.value);
    engine_->end_body(lines);
    return;
  }
}

void Http1Connection::on_bytes(std::string_view bytes) {
  if (state_ == State::over) return;
  engine().receive(bytes);
  drain_engine();
  if (state_ == State::free) engine_.reset();
}

void Http1Connection::drain_engine() {
  while (std::optional<Http1Client::Event> event = engine().next_event()) take(*event);
}

void Http1Connection::on_wire_end(const WireEnd& end) {
  if (state_ == State::over) return;
  wire_end_ = end.kind;
  if (end.kind == WireEnd::Kind::broken)
    return fail(FailureKind::closed_early, "the connection broke: " + end.sentence);
  engine().receive_end();
  drain_engine();
  close("the server closed it");
}

void Http1Connection::take(const Http1Client::Event& event) {
  if (state_ == State::over) return;
  if (const auto* head = std::get_if<http1::ResponseHead>(&event)) {
    take_head(*head);
  } else if (const auto* body = std::get_if<http1::BodyData>(&event)) {
    if (state_ == State::draining) {
      drained_ += body->bytes.size();
      if (drained_ > most_drained) close("a response that nobody wants is too long");
    } else if (exchange_ != nullptr && exchange_->on_body(body->bytes) == Demand::pause) {
      wire().pause_reading();
    }
  } else if (const auto* end = std::get_if<http1::ResponseEnd>(&event)) {
    take_end(*end);
  } else if (const auto* interim = std::get_if<http1::InformationalResponse>(&event)) {
    if (exchange_ != nullptr)
      exchange_->on_interim(
          head_of(interim->status, http1::Version::http_1_1, interim->reason_phrase, interim->fields));
  } else if (const auto* trailers = std::get_if<http1::Trailers>(&event)) {
    if (exchange_ != nullptr)
      exchange_->on_trailers(head_of(0, http1::Version::http_1_1, {}, trailers->fields).fields);
  } else if (std::holds_alternative<http1::Upgraded>(event)) {
    fail(FailureKind::malformed_response, "the server switched protocols although nobody asked for it");
  } else if (const auto* failed = std::get_if<http1::Failed>(&event)) {
    take_failure(*failed);
  }
}

void Http1Connection::take_head(const http1::ResponseHead& head) {
  close_delimited_ = head.framing == http1::Framing::until_close;
  if (exchange_ == nullptr) return;
  const HeadDecision decision =
      exchange_->on_head(head_of(head.status, head.version, head.reason_phrase, head.fields));
  if (decision == HeadDecision::deliver) return;
  exchange_ = nullptr;
  if (retired()) return close("it answered what nobody wants, and takes no more requests");
  if (uploading_ || close_delimited_ || head.content_length.value_or(0) > most_drained)
    return close("a response that nobody wants is too long");
  state_ = State::draining;
  drained_ = 0;
  start_idling();
}

void Http1Connection::take_end(const http1::ResponseEnd& end) {
  if (close_delimited_ && wire_end_ == WireEnd::Kind::truncated) {
    // RFC 9112 §9.8: nobody can tell whether this is all.
    return fail(
        FailureKind::closed_early,
        "the response ends with the connection, and TLS did not say that it is all (no close_notify)");
  }
  if (Exchange* exchange = std::exchange(exchange_, nullptr)) exchange->on_end();
  if (end.keeps_alive == http1::KeepsAlive::no) return close("the server closes it after this response");
  if (uploading_ || engine_->queued_bytes() != 0)
    return close("the response came before the request was sent");
  state_ = State::free;
  wire().resume_reading();
  if (retired()) return close("it is retired");
  became_idle();
}

void Http1Connection::take_failure(const http1::Failed& failed) {
  using http1::FailureReason;
  std::string sentence(http1::describe(failed.reason));
  if (!failed.first_bytes.empty())
    sentence += fmt::format(": \"{}\"", RawHost(std::string(failed.first_bytes)).printable());
  switch (failed.reason) {
    case FailureReason::closed_before_response:
      if (requests_ > 1)
        sentence += "; the connection had been used before, and may have been about to close";
      [[fallthrough]];
    case FailureReason::closed_in_head:
    case FailureReason::closed_in_body:
      return fail(FailureKind::closed_early, std::move(sentence));
    default:
      return fail(FailureKind::malformed_response, std::move(sentence));
  }
}

}  // namespace

std::unique_ptr<Connection> make_http1_connection(Established established, Transport transport,
                                                  ConnectionKeeper& keeper) {
  return std::make_unique<Http1Connection>(std::move(established), std::move(transport), keeper);
}

}  // namespace astray::client
