// What comes from the back.
#include <fmt/format.h>

#include "names/raw_host.h"
#include "proxy/back/http2_back.h"

namespace astray::proxy {
namespace {

BackFailure failure_of_reset(const http2::StreamReset& reset, const PooledRequest& request) {
  using http2::StreamProblem;
  BackFailure failure{BackFailure::Kind::closed_early, {}};
  // RFC 9113 §8.7.
  const bool refused =
      reset.problem == StreamProblem::refused_by_goaway || reset.code == http2::ErrorCode::refused_stream;
  if (refused && !request.has_head()) failure.processing = BackFailure::Processing::never;
  if (reset.problem == StreamProblem::malformed_message ||
      reset.problem == StreamProblem::wrong_content_length ||
      reset.problem == StreamProblem::too_many_informational)
    failure.kind = BackFailure::Kind::malformed;
  failure.sentence =
      fmt::format("the stream ended early: {} ({})", to_string(reset.problem), to_string(reset.code));
  if (!reset.sentence.empty()) failure.sentence += ": " + RawHost(reset.sentence).printable();
  return failure;
}

}  // namespace

void Http2Back::on_bytes(std::string_view bytes) {
  if (over_) return;
  ++inputs_;
  engine_.receive(bytes);
  drain();
  set_engine_timer();
  wire().flush_soon();
}

void Http2Back::drain() {
  std::optional<Http2Client::Event> event = engine_.next_event();
  while (event) {
    std::optional<Http2Client::Event> next;
    // A head alone does not say whether it is all of the response; it owns what it carries.
    const bool is_head = std::holds_alternative<http2::ResponseHead>(*event);
    if (is_head) next = engine_.next_event();
    take(*event, next);
    event = is_head ? std::move(next) : engine_.next_event();
  }
}

void Http2Back::on_wire_end(const client::WireEnd& end) {
  if (over_) return;
  if (end.kind == client::WireEnd::Kind::broken)
    return fail_all(BackFailure::Kind::closed_early, "the connection broke: " + end.sentence);
  engine_.receive_end();
  drain();
  fail_all(BackFailure::Kind::closed_early, "the back closed the connection");
}

void Http2Back::take(Http2Client::Event& event, const std::optional<Http2Client::Event>& next) {
  if (auto* head = std::get_if<http2::ResponseHead>(&event)) {
    const auto* end = next ? std::get_if<http2::ResponseEnd>(&*next) : nullptr;
    const StreamEnds ends = end != nullptr && end->stream == head->stream ? StreamEnds::here : StreamEnds::no;
    take_head(std::move(*head), ends);
  } else if (const auto* body = std::get_if<http2::BodyData>(&event)) {
    take_body(*body);
  } else if (const auto* end = std::get_if<http2::ResponseEnd>(&event)) {
    take_end(end->stream);
  } else if (auto* interim = std::get_if<http2::InformationalHead>(&event)) {
    if (const auto stream = told(interim->stream); stream != live_.end())
      stream->second.request->take_interim(interim->status, fields_from_http2(std::move(interim->fields)));
  } else if (auto* trailers = std::get_if<http2::Trailers>(&event)) {
    if (const auto stream = live_.find(trailers->stream); stream != live_.end())
      stream->second.trailers = fields_from_http2(std::move(trailers->fields));
  } else if (const auto* reset = std::get_if<http2::StreamReset>(&event)) {
    take_reset(*reset);
  } else if (const auto* settings = std::get_if<http2::SettingsReceived>(&event)) {
    take_settings(*settings);
  } else if (const auto* goaway = std::get_if<http2::GoAway>(&event)) {
    last_words_ =
        fmt::format("the back sent GOAWAY ({}{}{})", to_string(goaway->code),
                    goaway->debug_data.empty() ? "" : ": ", RawHost(goaway->debug_data).printable());
    retire();
  } else if (const auto* failure = std::get_if<http2::ConnectionFailure>(&event)) {
    const bool closed = failure->problem == http2::ConnectionProblem::closed_mid_stream ||
                        failure->problem == http2::ConnectionProblem::closed_before_settings;
    fail_all(closed ? BackFailure::Kind::closed_early : BackFailure::Kind::malformed,
             RawHost(failure->sentence).printable());
  } else if (std::holds_alternative<http2::ConnectionEnd>(event)) {
    fail_all(BackFailure::Kind::closed_early, "the back closed the connection");
  }
}

Http2Back::Streams::iterator Http2Back::told(http2::StreamId id) {
  const auto stream = live_.find(id);
  if (stream == live_.end()) return stream;
  stream->second.request->announce();
  return live_.find(id);
}

void Http2Back::take_settings(const http2::SettingsReceived& settings) {
  const bool allowed = settings.connect_protocol == http2::SettingsReceived::ConnectProtocol::enabled;
  extended_connect_ = allowed ? ExtendedConnect::allowed : ExtendedConnect::refused;
  capacity_ = Capacity::known;
  for (Early& early : std::exchange(early_, {})) {
    begin_stream(*early.request, early.head);
    if (early.request->stream == 0) continue;
    send_body(*early.request, early.body);
    if (early.end) end_body(*early.request, std::move(*early.end));
  }
  after_release();
}

void Http2Back::take_head(http2::ResponseHead head, StreamEnds ends) {
  auto stream = told(head.stream);
  if (stream == live_.end()) return;
  keeper().on_answer(*this);
  const http2::StreamId id = head.stream;
  Live& live = stream->second;
  ResponseHead response = head_from_http2(std::move(head), live.method, ends);
  if (live.use == Live::Use::tunnel) {
    if (response.status < 300) {
      response.status = 101;
      response.body = gateway::Body::follows;
      response.content_length.reset();
    } else {
      // Nobody goes over to the other protocol: what was meant for it is dropped.
      live.use = Live::Use::exchange;
      if (std::exchange(live.upload, Live::Upload::over) == Live::Upload::open)
        (void)engine_.send_body(id, {}, http2::Then::end);
    }
  }
  live.request->take_head(std::move(response));
}

void Http2Back::take_body(const http2::BodyData& data) {
  const auto stream = live_.find(data.stream);
  if (stream == live_.end()) return engine_.consume(data.stream, data.bytes.size());
  stream->second.unconsumed += data.bytes.size();
  stream->second.request->take_body(data.bytes);
}

void Http2Back::take_end(http2::StreamId id) {
  const auto stream = live_.find(id);
  if (stream == live_.end()) return;
  // RFC 9113 §8.1: a response may be complete before the request is.
  const bool is_early = stream->second.upload == Live::Upload::open || engine_.unsent_body(id) != 0;
  if (is_early) (void)engine_.reset(id, http2::ErrorCode::no_error);
  std::optional<Fields> trailers = std::move(stream->second.trailers);
  PooledRequest* request = release(stream);
  after_release();
  request->take_end(std::move(trailers));
}

void Http2Back::take_reset(const http2::StreamReset& reset) {
  const auto stream = live_.find(reset.stream);
  if (stream == live_.end()) return;
  BackFailure failure = failure_of_reset(reset, *stream->second.request);
  if (failure.processing == BackFailure::Processing::possible && !stream->second.request->has_head())
    keeper().on_broken(*this);
  PooledRequest* request = release(stream);
  after_release();
  request->fail(std::move(failure));
}

void Http2Back::fail_all(BackFailure::Kind kind, const std::string& sentence) {
  if (over_) return;
  over_ = true;
  // What it said before it closed is the reason.
  const std::string reason =
      last_words_.empty() || kind != BackFailure::Kind::closed_early ? sentence : last_words_;
  if (!idle()) keeper().on_broken(*this);
  std::vector<PooledRequest*> never;
  std::vector<PooledRequest*> possible;
  for (const Early& early : early_) never.push_back(early.request);
  for (const auto& [id, stream] : live_)
    (stream.begun_at == outputs_ ? never : possible).push_back(stream.request);
  early_.clear();
  live_.clear();
  above_ = 0;
  // One of them may be destroyed by another's responder: all hear it from the loop.
  const auto tell = [&](const std::vector<PooledRequest*>& requests, BackFailure::Processing processing) {
    for (PooledRequest* request : requests) {
      request->stream = 0;
      keeper().on_request_left(*this);
      request->fail_soon({kind, reason, processing});
    }
  };
  tell(never, BackFailure::Processing::never);
  tell(possible, BackFailure::Processing::possible);
  wire().close();
  finish();
}

}  // namespace astray::proxy
