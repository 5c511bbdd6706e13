// HTTP/2 from a client: many requests at once (RFC 9113).
#include "proxy/front/http2_front.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "gateway/routing/take_request_head.h"

namespace astray::proxy {
namespace {

using gateway::Body;
using gateway::Trouble;

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

}  // namespace

Http2Front::Http2Front(FrontHost& host, std::span<const std::string> origins)
    : host_(host), engine_(options_of(host.limits()), host.loop().now()), idle_since_(host.loop().now()) {
  tell_origins(origins);
  watch_engine();
}

/// RFC 8336 §2: frames add up, so a set that is too long for one is told in several.
void Http2Front::tell_origins(std::span<const std::string> origins) {
  constexpr size_t most_payload = 16384;
  std::vector<std::string> frame;
  size_t payload = 0;
  for (const std::string& origin : origins) {
    const size_t size = 2 + origin.size();
    if (payload + size > most_payload) {
      (void)engine_.origin(std::exchange(frame, {}));
      payload = 0;
    }
    frame.push_back(origin);
    payload += size;
  }
  if (!frame.empty()) (void)engine_.origin(frame);
}

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

void Http2Front::take(Http2Server::Event& event) {
  if (auto* head = std::get_if<http2::RequestHead>(&event)) return begin(*head);
  if (const auto* body = std::get_if<http2::BodyData>(&event)) {
    Http2Stream* const stream = streams_.find(body->stream);
    if (stream == nullptr || stream->exchange_->ended())
      return engine_.consume(body->stream, body->bytes.size());
    stream->since_ = host_.loop().now();
    stream->held_bytes_ += body->bytes.size();
    return stream->exchange_->on_request_body(body->bytes);
  }
  if (auto* trailers = std::get_if<http2::Trailers>(&event)) {
    Http2Stream* const stream = streams_.find(trailers->stream);
    if (stream == nullptr || stream->exchange_->ended()) return;
    stream->request_ended_ = true;
    return stream->exchange_->on_request_end(
        gateway::take_trailers(std::move(trailers->fields)).value_or(Fields()));
  }
  if (const auto* end = std::get_if<http2::RequestEnd>(&event)) {
    Http2Stream* const stream = streams_.find(end->stream);
    if (stream == nullptr) return;
    const bool told = std::exchange(stream->request_ended_, true);
    if (!told && !stream->exchange_->ended()) stream->exchange_->on_request_end({});
    if (stream->answer_ended_) finish(*stream);
    return;
  }
  if (const auto* reset = std::get_if<http2::StreamReset>(&event)) {
    Http2Stream* const stream = streams_.find(reset->stream);
    if (stream == nullptr) return;
    if (!stream->exchange_->ended()) stream->exchange_->on_client_gone();
    stream->answer_ended_ = stream->request_ended_ = true;
    return finish(*stream);
  }
  // Whoever says that asks for nothing more: without this the connection would wait for its idle time.
  if (std::holds_alternative<http2::GoAway>(event)) return go_away();
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
  streams_.add(id, std::move(owned));
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
  std::string_view authority, host, forwarded;
  for (const http2::Field field : head.fields) {
    if (field.name == ":authority" && ++authorities == 1) authority = field.value;
    if (field.name == "host" && ++names.host_fields == 1) host = field.value;
    if (field.name == "forwarded") forwarded = field.value;
    if (field.name == ":scheme") names.scheme = known_scheme(field.value);
  }
  // The head is taken apart below, while they are looked at.
  names_.assign(authority).append(host).append(forwarded);
  const std::string_view kept = names_;
  if (authorities == 1) names.pseudo_authority = kept.substr(0, authority.size());
  names.host = kept.substr(authority.size(), host.size());
  forwarded = kept.substr(authority.size() + host.size());
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
    const Http2Stream* const stream = streams_.find(id);
    if (stream == nullptr || !stream->exchange_->ended()) continue;
    if (!stream->request_ended_)
      answered_early_.push_back(id);
    else if (stream->unsent() != 0)
      sending_.push_back(id);
    else
      streams_.erase(id);
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
    Http2Stream* const stream = streams_.find(id);
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
    Http2Stream* const stream = streams_.find(id);
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
      Http2Stream* const stream = streams_.find(id);
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
  streams_.for_each([](Http2Stream& stream) {
    if (!stream.exchange_->ended()) stream.exchange_->on_client_gone();
  });
  streams_.release();
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

std::unique_ptr<FrontProtocol> make_http2_front(FrontHost& host, std::span<const std::string> origins) {
  return std::make_unique<Http2Front>(host, origins);
}

}  // namespace astray::proxy
