// HTTP/1.1 from a client: one request after the other (RFC 9112).
#include <utility>

#include "base/ascii.h"
#include "gateway/routing/take_request_head.h"
#include "http1/server.h"
#include "http1/status_phrase.h"
#include "proxy/front/front_protocol.h"
#include "tls/websocket_key.h"

namespace astray::proxy {
namespace {

using gateway::Body;
using gateway::Trouble;

/// Of a request's body that waits for the back; then nothing more is read.
constexpr size_t most_waiting = size_t{256} * 1024;
/// Of a request's body that nobody wants, for the sake of the connection.
constexpr uint64_t most_discarded = uint64_t{64} * 1024;
http1::Limits limits_of(const gateway::PeerLimits& peers) {
  http1::Limits limits;
  limits.head_bytes = peers.header_bytes.value;
  limits.line_bytes = std::min(limits.line_bytes, limits.head_bytes);
  limits.target_bytes = std::min(limits.target_bytes, limits.head_bytes);
  limits.fields = peers.header_fields;
  return limits;
}

Trouble trouble_of(http1::FailureReason reason) {
  using http1::FailureReason;
  switch (reason) {
    case FailureReason::head_too_large:
    case FailureReason::line_too_large:
    case FailureReason::too_many_fields:
    case FailureReason::trailers_too_large:
      return Trouble::head_too_large;
    case FailureReason::target_too_large:
      return Trouble::target_too_long;
    case FailureReason::body_too_large:
      return Trouble::body_too_large;
    case FailureReason::unsupported_version:
    case FailureReason::http2_preface:
      return Trouble::version_unknown;
    case FailureReason::unknown_transfer_coding:
      return Trouble::coding_unknown;
    default:
      return Trouble::bad_head;
  }
}

http1::FieldLines lines_of(const Fields& fields) {
  http1::FieldLines lines;
  lines.reserve(512);
  for (const http2::Field field : fields) lines.add(field.name, field.value);
  return lines;
}

class Http1Front final : public FrontProtocol, public FrontStream, ReadyItem {
 public:
  explicit Http1Front(FrontHost& host) : host_(host), engine_(limits_of(host.limits())) {
    since_ = host.loop().now();
  }

  void on_bytes(std::string_view bytes) override;
  void on_wire_end(const WireEnd& end) override;
  size_t take_output(std::span<char> buffer) override;
  void go_away() override;
  Patience patience() const override;
  void on_impatience(Waiting waiting) override;
  bool idle() const override { return exchange_ == nullptr; }

 private:
  void inform(int status, const Fields& fields) override;
  void respond(ResponseHead head) override;
  void send_body(std::string_view bytes) override;
  void end_body(Fields trailers) override;
  void abort() override;
  size_t unsent() const override { return engine_.queued_bytes(); }
  void consume(size_t bytes) override;

  /// Goes on with what the engine holds.
  void on_ready() override { drain(); }
  void drain();
  void take(const Http1Server::Event& event);
  void begin(const http1::RequestHead& head);
  void refuse_message(const http1::Failed& failed);
  void after_event();
  void begin_exchange();
  void close(FrontWire::Parting parting = FrontWire::Parting::in_stages);
  bool rest_is_worth_reading() const;
  /// Going away, and the last request is done.
  bool spent() const { return going_away_ && answer_ == Answer::ended && request_ == Request::read; }

  FrontHost& host_;
  Http1Server engine_;
  std::unique_ptr<Exchange> exchange_;
  std::string upgrade_;  ///< what the request would like to speak
  std::string websocket_key_;  ///< of the request
  enum class Request : uint8_t { none, reading, read } request_ = Request::none;
  enum class Answer : uint8_t { none, begun, ended } answer_ = Answer::none;
  bool head_begun_ = false;  ///< some bytes of a head came
  bool has_body_ = false;    ///< the request
  bool answer_is_over_ = false;  ///< and not yet seen by drain()
  bool tunnel_ = false;
  bool going_away_ = false;
  bool closing_ = false;
  bool wants_room_ = false;            ///< the answer waits for the client
  std::optional<uint64_t> body_left_;  ///< of the request; absent: unknown
  size_t waiting_bytes_ = 0;           ///< of the request, not consumed
  uint64_t discarded_ = 0;
  MonotonicTime since_{};
};

void Http1Front::on_bytes(std::string_view bytes) {
  if (closing_) return;
  if (request_ == Request::none && !head_begun_) {
    head_begun_ = true;
    since_ = host_.loop().now();
  }
  engine_.receive(bytes);
  drain();
}

void Http1Front::drain() {
  answer_is_over_ = false;
  while (!closing_ && !spent()) {
    const std::optional<Http1Server::Event> event = engine_.next_event();
    if (!event) break;
    take(*event);
  }
  after_event();
}

void Http1Front::take(const Http1Server::Event& event) {
  if (const auto* head = std::get_if<http1::RequestHead>(&event)) {
    begin(*head);
  } else if (const auto* body = std::get_if<http1::BodyData>(&event)) {
    since_ = host_.loop().now();
    if (body_left_) *body_left_ -= std::min<uint64_t>(*body_left_, body->bytes.size());
    waiting_bytes_ += body->bytes.size();
    if (exchange_ && !exchange_->ended()) {
      exchange_->on_request_body(body->bytes);
    } else {
      discarded_ += body->bytes.size();
      consume(body->bytes.size());
      if (discarded_ > most_discarded) close();
    }
  } else if (const auto* trailers = std::get_if<http1::Trailers>(&event)) {
    request_ = Request::read;
    if (exchange_ && !exchange_->ended())
      exchange_->on_request_end(gateway::take_trailers(trailers->fields).value_or(Fields()));
  } else if (std::holds_alternative<http1::RequestEnd>(event)) {
    // In a tunnel: the client has no more to say there.
    const bool is_news = tunnel_ || (has_body_ && request_ == Request::reading);
    request_ = Request::read;
    if (is_news && exchange_ && !exchange_->ended()) exchange_->on_request_end({});
  } else if (const auto* failed = std::get_if<http1::Failed>(&event)) {
    refuse_message(*failed);
  }
}

void Http1Front::begin_exchange() {
  exchange_ =
      std::make_unique<Exchange>(host_.exchange_parts(), host_.client(), *this, host_.count_request());
  request_ = Request::reading;
  answer_ = Answer::none;
  head_begun_ = false;
  tunnel_ = false;
  discarded_ = 0;
  since_ = host_.loop().now();
}

void Http1Front::begin(const http1::RequestHead& head) {
  begin_exchange();
  body_left_ = head.content_length;
  has_body_ = head.framing == http1::Framing::chunked || head.content_length.value_or(0) != 0;
  if (!has_body_) body_left_ = 0;

  RequestNames names;
  names.scheme = head.target.known_scheme;
  if (head.target.form == http1::TargetForm::absolute || head.target.form == http1::TargetForm::authority)
    names.target_authority = head.target.authority;
  names.host_fields = head.fields.count(http1::KnownField::host);
  if (const auto host = head.fields.find(http1::KnownField::host)) names.host = *host;

  std::string_view forwarded;  // of several the last is that of the gateway before us
  if (head.fields.has(http1::KnownField::forwarded)) {
    for (const http1::Field& field : head.fields)
      if (field.known == http1::KnownField::forwarded) forwarded = field.value;
  }
  const FrontHost::Judgement judgement = host_.judge(names, forwarded);
  const Verdict& verdict = judgement.judged->verdict;
  auto request = gateway::take_request_head(head, verdict.evidence.asked_scheme,
                                            std::string(verdict.evidence.authority));
  RequestHead unreadable;
  unreadable.method = head.method;
  if (verdict.answer != astray::Answer::serve)
    return exchange_->refuse(request ? std::move(*request) : std::move(unreadable), verdict);
  if (!request)
    return exchange_->answer_trouble(std::move(unreadable), Trouble::bad_head,
                                     gateway::describe(request.error()));
  upgrade_ = request->upgrade;
  websocket_key_.clear();
  if (is_websocket(*request))
    websocket_key_ = http2::first_value(request->fields, gateway::websocket_key_name).value_or("");
  exchange_->serve(judgement.generation, std::move(*request), *judgement.judged);
}

void Http1Front::refuse_message(const http1::Failed& failed) {
  if (failed.status == 0 || answer_ != Answer::none) {
    if (exchange_ && !exchange_->ended()) exchange_->on_client_gone();
    exchange_.reset();
    return close();
  }
  going_away_ = true;
  if (exchange_ && !exchange_->ended()) {
    // In the middle of a body.
    request_ = Request::read;
    return exchange_->give_up_request(trouble_of(failed.reason), http1::describe(failed.reason));
  }
  begin_exchange();
  request_ = Request::read;
  exchange_->answer_trouble({}, trouble_of(failed.reason), http1::describe(failed.reason));
}

void Http1Front::after_event() {
  if (closing_) return;
  if (answer_ == Answer::ended && (request_ == Request::read || engine_.must_close())) {
    exchange_.reset();
    using Parting = FrontWire::Parting;
    if (engine_.must_close() || going_away_)
      return close(engine_.client_is_done() ? Parting::at_once : Parting::in_stages);
    request_ = Request::none;
    answer_ = Answer::none;
    since_ = host_.loop().now();
    // The next request may be here already.
    if (!engine_.wants_input()) host_.loop().make_ready(*this);
  }
  const bool full = waiting_bytes_ > most_waiting || (!engine_.wants_input() && !tunnel_);
  if (full)
    host_.wire().pause_reading();
  else
    host_.wire().resume_reading();
  host_.watch();
}

void Http1Front::on_wire_end(const WireEnd& end) {
  if (closing_) return;
  if (end.kind == WireEnd::Kind::broken) {
    if (exchange_ && !exchange_->ended()) exchange_->on_client_gone();
    exchange_.reset();
    return close();
  }
  engine_.receive_end();
  drain();
  if (closing_) return;
  // A client that closed its side may still read an answer.
  if (exchange_ == nullptr || exchange_->ended()) return close();
  going_away_ = true;
  if (request_ == Request::reading) {
    exchange_->on_client_gone();
    exchange_.reset();
    close();
  }
}

size_t Http1Front::take_output(std::span<char> buffer) {
  // Here none of the exchange's calls is under way, and what closing says goes out with the answer.
  if (answer_is_over_) drain();
  const size_t size = engine_.write_to(buffer);
  if (size != 0 && answer_ != Answer::none) since_ = host_.loop().now();
  if (wants_room_ && engine_.queued_bytes() <= low_water_mark) {
    wants_room_ = false;
    if (exchange_ && !exchange_->ended()) exchange_->on_front_room();
    if (size == 0) return engine_.write_to(buffer);
  }
  return size;
}

void Http1Front::go_away() {
  going_away_ = true;
  if (exchange_ == nullptr && !head_begun_) close();
}

Patience Http1Front::patience() const {
  if (closing_ || engine_.queued_bytes() != 0) return {Waiting::write, since_};
  if (exchange_ == nullptr) return {head_begun_ ? Waiting::header : Waiting::idle, since_};
  if (tunnel_) return {Waiting::nothing, since_};
  if (request_ == Request::reading && waiting_bytes_ == 0) return {Waiting::body, since_};
  return {Waiting::nothing, since_};
}

void Http1Front::on_impatience(Waiting waiting) {
  if (waiting == Waiting::idle || exchange_ == nullptr) return close();
  if (waiting == Waiting::body && answer_ == Answer::none) {
    going_away_ = true;
    exchange_->give_up_request(Trouble::request_timeout, {});
    return after_event();
  }
  if (!exchange_->ended()) exchange_->on_client_gone();
  exchange_.reset();
  closing_ = true;
  host_.wire().abort();
}

// ---- the exchange's side

void Http1Front::inform(int status, const Fields& fields) {
  engine_.inform(status, http1::status_phrase(status), lines_of(fields));
  host_.wire().flush_soon();
}

bool Http1Front::rest_is_worth_reading() const {
  return request_ != Request::reading || (body_left_ && *body_left_ <= most_discarded);
}

void Http1Front::respond(ResponseHead head) {
  http1::Response response{.status = head.status,
                           .reason_phrase = std::string(http1::status_phrase(head.status)),
                           .field_lines = lines_of(head.fields)};
  answer_ = Answer::begun;
  since_ = host_.loop().now();
  if (head.status == 101) {
    tunnel_ = true;
    request_ = Request::reading;  // until the client ends its side
    response.field_lines.add("Connection", "upgrade");
    response.field_lines.add("Upgrade", upgrade_);
    // A back that speaks HTTP/2 gives no answer to the key.
    if (!websocket_key_.empty() && !http2::first_value(head.fields, gateway::websocket_accept_name))
      response.field_lines.add("Sec-WebSocket-Accept", websocket_accept(websocket_key_));
    // What came behind the request is now to be read.
    host_.loop().make_ready(*this);
  } else if (head.content_length) {
    response.body = http1::ResponseBody::content_length;
    response.content_length = *head.content_length;
  } else if (head.body == Body::follows) {
    response.body = http1::ResponseBody::chunked;
  }
  // An answer that comes before the request was read: what follows may not be told from the next request in
  // reasonable time, so the connection ends with it.
  if (going_away_ || (!tunnel_ && request_ == Request::reading && !rest_is_worth_reading()))
    response.keep = http1::KeepsAlive::no;
  engine_.respond(response);
  host_.wire().flush_soon();
}

void Http1Front::send_body(std::string_view bytes) {
  engine_.send_body(bytes);
  if (engine_.queued_bytes() > low_water_mark) wants_room_ = true;
  host_.wire().flush_soon();
}

void Http1Front::end_body(Fields trailers) {
  answer_ = Answer::ended;
  if (tunnel_) return close();
  if (engine_.awaits_response()) engine_.end_response(lines_of(trailers));
  answer_is_over_ = true;
  if (host_.wire().takes_output())
    host_.wire().flush_soon();
  else
    host_.loop().make_ready(*this);
}

void Http1Front::abort() {
  closing_ = true;
  host_.wire().abort();
}

void Http1Front::consume(size_t bytes) {
  waiting_bytes_ -= std::min(bytes, waiting_bytes_);
  if (waiting_bytes_ == 0) since_ = host_.loop().now();
  if (waiting_bytes_ <= most_waiting / 2 && (engine_.wants_input() || tunnel_)) host_.wire().resume_reading();
  host_.watch();
}

void Http1Front::close(FrontWire::Parting parting) {
  closing_ = true;
  host_.wire().close(parting);
}

}  // namespace

std::unique_ptr<FrontProtocol> make_http1_front(FrontHost& host) {
  return std::make_unique<Http1Front>(host);
}

}  // namespace astray::proxy
