// HTTP/2 from a client: many requests at once (RFC 9113).
#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "gateway/routing/take_request_head.h"
#include "http2/server.h"
#include "proxy/front/front_protocol.h"

namespace astray::proxy {
namespace {

using gateway::Body;
using gateway::Trouble;
using http2::StreamId;

http2::Options options_of(const gateway::PeerLimits& peers) {
  http2::Options options;
  options.header_list_bytes = peers.header_bytes.value;
  options.header_fields = peers.header_fields;
  options.concurrent_streams = peers.streams;
  options.consumption = http2::Consumption::by_command;
  options.extended_connect = http2::ExtendedConnect::on;
  // As the client's own pool has it: half of the connection's window is more than what waits on streams that
  // are held back, or one slow back would stop all streams.
  options.connection_window = static_cast<uint32_t>(
      std::min<uint64_t>((uint64_t{peers.streams} + 1) * 2 * options.stream_window, INT32_MAX));
  return options;
}

std::optional<Scheme> known_scheme(std::string_view text) {
  if (ascii_iequals(text, "https")) return Scheme::https;
  if (ascii_iequals(text, "http")) return Scheme::http;
  return std::nullopt;
}

class Http2Front;

/// One request and its answer.
class Http2Stream final : public FrontStream {
 public:
  Http2Stream(Http2Front& front, StreamId id) : front_(front), id_(id) {}

  void inform(int status, const Fields& fields) override;
  void respond(ResponseHead head) override;
  void send_body(std::string_view bytes) override;
  void end_body(Fields trailers) override;
  void abort() override;
  size_t unsent() const override;
  void consume(size_t bytes) override;

  StreamId id() const { return id_; }
  /// For the client to do what.
  Waiting waits_for() const;
  bool client_took_some();

 private:
  friend class Http2Front;
  Http2Front& front_;
  StreamId id_;
  std::unique_ptr<Exchange> exchange_;
  bool request_ended_ = false;
  bool answer_ended_ = false;
  bool is_connect_ = false;  ///< extended: 101 is told as 200
  bool wants_room_ = false;
  size_t held_bytes_ = 0;  ///< of the request, not consumed: the client's window
  uint64_t given_bytes_ = 0,
           taken_bytes_ = 0;  ///< of the answer: so far, and when the client was last looked at
  MonotonicTime since_{};
};

class Http2Front final : public FrontProtocol, Timer {
 public:
  explicit Http2Front(FrontHost& host)
      : host_(host), engine_(options_of(host.limits()), host.loop().now()), idle_since_(host.loop().now()) {
    watch_engine();
  }

  void on_bytes(std::string_view bytes) override;
  void on_wire_end(const WireEnd& end) override;
  size_t take_output(std::span<char> buffer) override;
  void go_away() override;
  Patience patience() const override;
  void on_impatience(Waiting waiting) override;
  bool idle() const override { return streams_.empty(); }

  FrontHost& host() { return host_; }
  Http2Server& engine() { return engine_; }
  void flush_soon() { host_.wire().flush_soon(); }
  void want_room(Http2Stream& stream);
  void finish(Http2Stream& stream);

 private:
  /// The engine's time: SETTINGS that do not come, floods that are forgotten.
  void on_deadline(MonotonicTime now) override;
  void watch_engine();
  void drain();
  void take(Http2Server::Event& event);
  void begin(http2::RequestHead& head);
  void begin_exchange(Http2Stream& stream, http2::RequestHead& head);
  void all_gone();
  void close();
  Http2Stream* find(StreamId id);
  void remove_finished();
  void decline_rest();
  void finish_sent();

  FrontHost& host_;
  Http2Server engine_;
  std::unordered_map<StreamId, std::unique_ptr<Http2Stream>> streams_;
  std::vector<StreamId> finished_;        ///< to be removed when none of their calls is under way
  std::vector<StreamId> answered_early_;  ///< whose requests still come
  std::vector<StreamId> sending_;         ///< all is said, and some of it waits for the client's window
  std::vector<StreamId> wants_room_;
  bool going_away_ = false;
  bool closing_ = false;
  MonotonicTime idle_since_;
};

// ---- the exchange's side

/// With :status, as the engine wants it.
Fields with_status(int status, Fields fields, std::optional<uint64_t> content_length) {
  Fields all;
  all.reserve(fields.size() + 2);
  all.push_back({":status", std::to_string(status)});
  for (http2::Field& field : fields) all.push_back(std::move(field));
  if (content_length) all.push_back({"content-length", std::to_string(*content_length)});
  return all;
}

void Http2Stream::inform(int status, const Fields& fields) {
  (void)front_.engine().informational(id_, with_status(status, fields, std::nullopt));
  front_.flush_soon();
}

void Http2Stream::respond(ResponseHead head) {
  since_ = front_.host().loop().now();
  // RFC 8441 §5: what is 101 in HTTP/1.1 is 200 here.
  const bool goes_over = head.status == 101 && is_connect_;
  const http2::Then then = head.body == Body::follows || goes_over ? http2::Then::body : http2::Then::end;
  if (then == http2::Then::end) answer_ended_ = true;
  (void)front_.engine().respond(
      id_, with_status(goes_over ? 200 : head.status, std::move(head.fields), head.content_length), then);
  front_.flush_soon();
}

void Http2Stream::send_body(std::string_view bytes) {
  given_bytes_ += bytes.size();
  (void)front_.engine().send_body(id_, bytes, http2::Then::body);
  if (!wants_room_ && unsent() > low_water_mark) front_.want_room(*this);
  front_.flush_soon();
}

void Http2Stream::end_body(Fields trailers) {
  if (!std::exchange(answer_ended_, true)) {
    if (trailers.empty())
      (void)front_.engine().send_body(id_, {}, http2::Then::end);
    else
      (void)front_.engine().send_trailers(id_, std::move(trailers));
  }
  front_.flush_soon();
  front_.finish(*this);
}

void Http2Stream::abort() {
  (void)front_.engine().reset(id_, http2::ErrorCode::internal_error);
  answer_ended_ = request_ended_ = true;
  front_.flush_soon();
  front_.finish(*this);
}

size_t Http2Stream::unsent() const {
  return front_.engine().unsent_body(id_);
}

Waiting Http2Stream::waits_for() const {
  if (unsent() != 0) return Waiting::write;
  if (!request_ended_ && !is_connect_ && held_bytes_ == 0) return Waiting::body;
  return Waiting::nothing;
}

bool Http2Stream::client_took_some() {
  const uint64_t taken = given_bytes_ - unsent();
  return std::exchange(taken_bytes_, taken) != taken;
}

void Http2Stream::consume(size_t bytes) {
  held_bytes_ -= std::min(bytes, held_bytes_);
  if (held_bytes_ == 0) since_ = front_.host().loop().now();
  front_.engine().consume(id_, bytes);
  front_.flush_soon();
}

// ---- the connection's side

void Http2Front::on_bytes(std::string_view bytes) {
  if (closing_) return;
  engine_.receive(bytes);
  drain();
}

void Http2Front::drain() {
  while (!closing_) {
    std::optional<Http2Server::Event> event = engine_.next_event();
    if (!event) break;
    take(*event);
    remove_finished();
  }
  // Acknowledgements, window updates, resets.
  flush_soon();
  watch_engine();
}

void Http2Front::watch_engine() {
  const std::optional<MonotonicTime> at = closing_ ? std::nullopt : engine_.deadline();
  if (!at)
    cancel();
  else if (!is_set() || Timer::deadline() != *at)
    host_.loop().timers().set(*this, *at);
}

void Http2Front::on_deadline(MonotonicTime now) {
  engine_.on_deadline(now);
  drain();
}

Http2Stream* Http2Front::find(StreamId id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

void Http2Front::take(Http2Server::Event& event) {
  if (auto* head = std::get_if<http2::RequestHead>(&event)) return begin(*head);
  if (const auto* body = std::get_if<http2::BodyData>(&event)) {
    Http2Stream* stream = find(body->stream);
    if (stream == nullptr || stream->exchange_->ended())
      return engine_.consume(body->stream, body->bytes.size());
    stream->since_ = host_.loop().now();
    stream->held_bytes_ += body->bytes.size();
    return stream->exchange_->on_request_body(body->bytes);
  }
  if (auto* trailers = std::get_if<http2::Trailers>(&event)) {
    Http2Stream* stream = find(trailers->stream);
    if (stream == nullptr || stream->exchange_->ended()) return;
    stream->request_ended_ = true;
    return stream->exchange_->on_request_end(
        gateway::take_trailers(std::move(trailers->fields)).value_or(Fields()));
  }
  if (const auto* end = std::get_if<http2::RequestEnd>(&event)) {
    Http2Stream* stream = find(end->stream);
    if (stream == nullptr) return;
    const bool told = std::exchange(stream->request_ended_, true);
    if (!told && !stream->exchange_->ended()) stream->exchange_->on_request_end({});
    if (stream->answer_ended_) finish(*stream);
    return;
  }
  if (const auto* reset = std::get_if<http2::StreamReset>(&event)) {
    Http2Stream* stream = find(reset->stream);
    if (stream == nullptr) return;
    if (!stream->exchange_->ended()) stream->exchange_->on_client_gone();
    stream->answer_ended_ = stream->request_ended_ = true;
    return finish(*stream);
  }
  if (std::holds_alternative<http2::ConnectionFailure>(event) ||
      std::holds_alternative<http2::ConnectionEnd>(event)) {
    all_gone();
    return close();
  }
}

void Http2Front::begin(http2::RequestHead& head) {
  const StreamId id = head.stream;
  auto owned = std::make_unique<Http2Stream>(*this, id);
  Http2Stream& stream = *owned;
  stream.since_ = host_.loop().now();
  stream.exchange_ =
      std::make_unique<Exchange>(host_.exchange_parts(), host_.client(), stream, host_.count_request());
  streams_.emplace(id, std::move(owned));
  begin_exchange(stream, head);
}

void Http2Front::begin_exchange(Http2Stream& stream, http2::RequestHead& head) {
  Exchange& exchange = *stream.exchange_;
  if (head.defect == http2::HeadDefect::too_large)
    return exchange.answer_trouble({}, Trouble::head_too_large, {});
  if (head.defect != http2::HeadDefect::none)
    return exchange.answer_trouble({}, Trouble::bad_head, http2::to_string(head.defect));

  RequestNames names;
  size_t authorities = 0;
  std::string authority, host, forwarded;  // the head is taken apart below
  for (const http2::Field& field : head.fields) {
    if (field.name == ":authority" && ++authorities == 1) authority = field.value;
    if (field.name == "host" && ++names.host_fields == 1) host = field.value;
    if (field.name == "forwarded") forwarded = field.value;
    if (field.name == ":scheme") names.scheme = known_scheme(field.value);
  }
  if (authorities == 1) names.pseudo_authority = authority;
  names.host = host;
  const FrontHost::Judgement judgement = host_.judge(names, forwarded);
  const Verdict& verdict = judgement.judged->verdict;
  auto request = gateway::take_request_head(std::move(head.fields), verdict.evidence.asked_scheme,
                                            std::string(verdict.evidence.authority),
                                            head.then == http2::Then::end ? Body::none : Body::follows);
  if (!request) return exchange.answer_trouble({}, Trouble::bad_head, gateway::describe(request.error()));
  if (authorities > 1)
    return exchange.answer_trouble(std::move(*request), Trouble::bad_head, ":authority more than once");
  if (!names.scheme && request->method != "CONNECT")
    return exchange.answer_trouble(std::move(*request), Trouble::bad_head,
                                   "a :scheme other than http and https");
  if (verdict.answer != Answer::serve) return exchange.refuse(std::move(*request), verdict);
  stream.is_connect_ = !request->upgrade.empty();
  exchange.serve(judgement.generation, std::move(*request), *judgement.judged);
}

void Http2Front::want_room(Http2Stream& stream) {
  stream.wants_room_ = true;
  wants_room_.push_back(stream.id());
}

void Http2Front::finish(Http2Stream& stream) {
  finished_.push_back(stream.id());
}

void Http2Front::remove_finished() {
  if (finished_.empty()) return;
  for (size_t i = 0; i < finished_.size(); ++i) {
    const StreamId id = finished_[i];
    const auto found = streams_.find(id);
    if (found == streams_.end() || !found->second->exchange_->ended()) continue;
    if (!found->second->request_ended_)
      answered_early_.push_back(id);
    else if (found->second->unsent() != 0)
      sending_.push_back(id);
    else
      streams_.erase(found);
  }
  finished_.clear();
  if (!streams_.empty()) return;
  idle_since_ = host_.loop().now();
  if (going_away_) close();
}

/// RFC 9113 §8.1: whoever answered before the request was read may ask to be spared the rest, once the answer
/// is on its way.
void Http2Front::decline_rest() {
  for (const StreamId id : std::exchange(answered_early_, {})) {
    Http2Stream* stream = find(id);
    if (stream == nullptr) continue;
    if (!stream->request_ended_ && stream->unsent() != 0) {
      answered_early_.push_back(id);
      continue;
    }
    if (!stream->request_ended_) (void)engine_.reset(id, http2::ErrorCode::no_error);
    stream->request_ended_ = true;
    finish(*stream);
  }
}

void Http2Front::finish_sent() {
  std::erase_if(sending_, [&](StreamId id) {
    Http2Stream* stream = find(id);
    if (stream != nullptr && stream->unsent() != 0) return false;
    if (stream != nullptr) finish(*stream);
    return true;
  });
}

size_t Http2Front::take_output(std::span<char> buffer) {
  size_t size = engine_.write_to(buffer);
  if (size == 0 && !answered_early_.empty()) decline_rest();
  if (!sending_.empty()) finish_sent();
  if (!wants_room_.empty()) {
    const std::vector<StreamId> waiting = std::exchange(wants_room_, {});
    for (const StreamId id : waiting) {
      Http2Stream* stream = find(id);
      if (stream == nullptr) continue;
      if (stream->unsent() > low_water_mark) {
        wants_room_.push_back(id);
        continue;
      }
      stream->since_ = host_.loop().now();
      stream->wants_room_ = false;
      if (!stream->exchange_->ended()) stream->exchange_->on_front_room();
    }
  }
  remove_finished();
  if (size == 0) size = engine_.write_to(buffer);
  return size;
}

void Http2Front::on_wire_end(const WireEnd& end) {
  if (closing_) return;
  if (end.kind != WireEnd::Kind::broken) {
    engine_.receive_end();
    drain();
  }
  if (closing_) return;
  all_gone();
  close();
}

void Http2Front::all_gone() {
  for (auto& [id, stream] : streams_)
    if (!stream->exchange_->ended()) stream->exchange_->on_client_gone();
  streams_.clear();
}

void Http2Front::go_away() {
  if (std::exchange(going_away_, true)) return;
  engine_.go_away();
  flush_soon();
  if (streams_.empty()) close();
}

void Http2Front::close() {
  closing_ = true;
  cancel();
  host_.wire().close();
}

Patience Http2Front::patience() const {
  if (streams_.empty()) return {Waiting::idle, idle_since_};
  Patience patience;
  const auto consider = [&](Waiting waiting, MonotonicTime since) {
    if (patience.waiting == Waiting::nothing || since < patience.since) patience = {waiting, since};
  };
  for (const auto& [id, stream] : streams_) {
    const Waiting waiting = stream->waits_for();
    if (waiting != Waiting::nothing) consider(waiting, stream->since_);
  }
  return patience;
}

void Http2Front::on_impatience(Waiting waiting) {
  if (waiting == Waiting::idle) return go_away();
  // The stream that stalls, and those that began to stall no later.
  const MonotonicTime since = patience().since;
  for (auto& [id, stream] : streams_) {
    const Waiting stalls = stream->waits_for();
    if (stalls == Waiting::nothing || stream->since_ > since) continue;
    if (stalls == Waiting::write && stream->client_took_some()) {
      stream->since_ = host_.loop().now();
      continue;
    }
    if (stalls == Waiting::body && !stream->exchange_->answer_begun()) {
      stream->exchange_->give_up_request(Trouble::request_timeout, {});
      continue;
    }
    if (!stream->exchange_->ended()) stream->exchange_->on_client_gone();
    (void)engine_.reset(id, http2::ErrorCode::cancel);
    stream->answer_ended_ = stream->request_ended_ = true;
    finish(*stream);
  }
  remove_finished();
  flush_soon();
}

}  // namespace

std::unique_ptr<FrontProtocol> make_http2_front(FrontHost& host) {
  return std::make_unique<Http2Front>(host);
}

}  // namespace astray::proxy
