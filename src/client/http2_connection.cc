// Many requests at once on one connection (RFC 9113).
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/ascii.h"
#include "client/connection.h"
#include "client/exchange.h"
#include "http2/client.h"
#include "names/raw_host.h"

namespace astray::client {
namespace {

/// What a stream may have queued of a body before the source is asked for more, bytes.
constexpr size_t upload_ahead = size_t{64} * 1024;
constexpr size_t piece_bytes = size_t{16} * 1024;

http2::Options options_for(StreamLimits limits) {
  http2::Options options;
  options.concurrent_streams = limits.most;
  options.stream_window = limits.window;
  // The engine opens the connection's window again when half of it is used up: even with every stream's tap
  // shut, that half must be more than they hold, or the one that is read would wait for those that are not.
  options.connection_window = static_cast<uint32_t>(
      std::min<uint64_t>((uint64_t{limits.most} + 1) * 2 * options.stream_window, INT32_MAX));
  options.consumption = http2::Consumption::by_command;
  return options;
}

/// RFC 9113 §8.2.2.
bool belongs_to_http1(std::string_view name, std::string_view value) {
  for (const std::string_view field : {"connection", "keep-alive", "proxy-connection", "transfer-encoding",
                                       "upgrade", "host", "content-length"}) {
    if (ascii_iequals(name, field)) return true;
  }
  return ascii_iequals(name, "te") && !ascii_iequals(value, "trailers");
}

http2::Fields fields_of(const OutgoingHead& head, const Upload& upload) {
  http2::Fields fields;
  fields.reserve(head.fields.size() + 5, 512);
  fields.push_back({":method", head.method});
  fields.push_back({":scheme", to_string(head.scheme)});
  fields.push_back({":authority", head.authority});
  fields.push_back({":path", head.target});
  for (const Field& field : head.fields) {
    if (!belongs_to_http1(field.name, field.value))
      fields.emplace_back(ascii_lower(field.name), field.value);
  }
  if (upload.has_body()) {
    if (const auto length = upload.length()) fields.push_back({"content-length", std::to_string(*length)});
  }
  return fields;
}

ResponseHead head_of(int status, const http2::Fields& fields) {
  ResponseHead head{.status = status, .protocol = Protocol::h2};
  for (const http2::Field field : fields) {
    if (!field.name.starts_with(':')) head.fields.add(field.name, field.value);
  }
  return head;
}

Phase phase_of(const Exchange& exchange) {
  return exchange.got_head() ? Phase::response_body : Phase::response_head;
}

FetchFailure failure_of(const http2::StreamReset& reset, const Exchange& exchange) {
  using http2::StreamProblem;
  FetchFailure failure{FailureKind::reset, phase_of(exchange), {}, Processing::possible};
  const bool refused =
      reset.problem == StreamProblem::refused_by_goaway ||
      (reset.problem == StreamProblem::reset_by_peer && reset.code == http2::ErrorCode::refused_stream);
  // RFC 9113 §8.7.
  if (refused && !exchange.got_head()) failure.processing = Processing::impossible;
  if (reset.problem == StreamProblem::malformed_message ||
      reset.problem == StreamProblem::wrong_content_length ||
      reset.problem == StreamProblem::too_many_informational)
    failure.kind = FailureKind::malformed_response;
  failure.sentence =
      fmt::format("the stream ended early: {} ({})", to_string(reset.problem), to_string(reset.code));
  if (!reset.sentence.empty()) failure.sentence += ": " + RawHost(reset.sentence).printable();
  if (reset.code == http2::ErrorCode::http_1_1_required)
    failure.sentence += "; the server wants HTTP/1.1 for this request";
  return failure;
}

class Http2Connection final : public Connection, Timer {
 public:
  Http2Connection(Established established, Transport transport, ConnectionKeeper& keeper, StreamLimits limits)
      : Connection(std::move(established), std::move(transport), keeper),
        engine_(options_for(limits), loop().now()) {}

  void start(Exchange& exchange) override;
  void stop(Exchange& exchange) override;
  void upload_ready(Exchange&) override { wire().flush_soon(); }
  void resume(Exchange& exchange) override;
  uint32_t streams_left() const override { return static_cast<uint32_t>(engine_.streams_available()); }
  bool idle() const override { return live_.empty(); }
  SettingsState settings() const override { return settings_; }
  void say_goodbye() override;

 private:
  struct Live {
    Exchange* exchange = nullptr;
    size_t unconsumed = 0;  ///< delivered while the tap was shut
    bool uploading = false;
  };
  using Streams = std::unordered_map<http2::StreamId, Live>;

  void on_bytes(std::string_view bytes) override;
  void on_wire_end(const WireEnd& end) override;
  size_t take_output(std::span<char> buffer) override;
  void on_deadline(MonotonicTime now) override;
  void drain();
  void take(const Http2Client::Event& event);
  void take_head(const http2::ResponseHead& head);
  void take_body(const http2::BodyData& data);
  Streams::iterator find(const Exchange& exchange);
  void release(Streams::iterator stream);
  void pump(http2::StreamId id, Live& stream);
  void fail_all(FailureKind kind, const std::string& sentence);
  void set_engine_timer();

  Http2Client engine_;
  Streams live_;
  size_t uploads_ = 0;
  SettingsState settings_ = SettingsState::awaited;
  std::string last_words_;  ///< of GOAWAY
  bool over_ = false;
};

void Http2Connection::start(Exchange& exchange) {
  const Upload& upload = exchange.upload();
  const http2::Then then = upload.has_body() ? http2::Then::body : http2::Then::end;
  const auto stream = engine_.request(fields_of(exchange.request(), upload), then);
  if (!stream) {
    retire("it takes no more requests");
    return exchange.on_failure(
        {FailureKind::reset, Phase::request,
         fmt::format("the connection takes no more requests ({})", to_string(stream.error())),
         Processing::impossible});
  }
  live_.emplace(*stream, Live{&exchange, 0, upload.has_body()});
  if (upload.has_body()) ++uploads_;
  if (engine_.streams_available() == 0) keeper().on_full(*this);
  set_engine_timer();
  wire().flush_soon();
}

Http2Connection::Streams::iterator Http2Connection::find(const Exchange& exchange) {
  return std::find_if(live_.begin(), live_.end(),
                      [&](const auto& entry) { return entry.second.exchange == &exchange; });
}

void Http2Connection::release(Streams::iterator stream) {
  if (stream->second.unconsumed != 0) engine_.consume(stream->first, stream->second.unconsumed);
  if (stream->second.uploading) --uploads_;
  live_.erase(stream);
  if (over_) return;
  if (!live_.empty()) return keeper().on_room(*this);
  live_ = Streams();  // `= {}` would keep its memory, for as long as the connection waits
  if (retired()) return say_goodbye();
  became_idle();
}

void Http2Connection::stop(Exchange& exchange) {
  const auto stream = find(exchange);
  if (stream == live_.end()) return;
  (void)engine_.reset(stream->first, http2::ErrorCode::cancel);
  release(stream);
  wire().flush_soon();
}

void Http2Connection::resume(Exchange& exchange) {
  const auto stream = find(exchange);
  if (stream == live_.end()) return;
  engine_.consume(stream->first, std::exchange(stream->second.unconsumed, 0));
  wire().flush_soon();
}

void Http2Connection::say_goodbye() {
  retire("the client says goodbye");
  if (over_) return;
  engine_.go_away();
  if (!live_.empty()) return wire().flush_soon();
  over_ = true;
  wire().close();
  finish();
}

void Http2Connection::on_bytes(std::string_view bytes) {
  engine_.receive(bytes);
  drain();
  set_engine_timer();
  wire().flush_soon();
}

void Http2Connection::drain() {
  while (std::optional<Http2Client::Event> event = engine_.next_event()) take(*event);
}

void Http2Connection::on_wire_end(const WireEnd& end) {
  if (over_) return;
  if (end.kind == WireEnd::Kind::broken)
    return fail_all(FailureKind::closed_early, "the connection broke: " + end.sentence);
  engine_.receive_end();
  drain();
  if (!over_) fail_all(FailureKind::closed_early, "the server closed the connection");
}

size_t Http2Connection::take_output(std::span<char> buffer) {
  if (uploads_ != 0) {
    for (auto& [id, stream] : live_) {
      if (stream.uploading) pump(id, stream);
    }
    const auto failed = std::find_if(live_.begin(), live_.end(),
                                     [](const auto& entry) { return entry.second.exchange == nullptr; });
    if (failed != live_.end()) release(failed);
  }
  return engine_.write_to(buffer);
}

void Http2Connection::pump(http2::StreamId id, Live& stream) {
  using Kind = BodySource::Piece::Kind;
  Upload& upload = stream.exchange->upload();
  if (stream.exchange->body_is_held()) return;
  while (stream.uploading && engine_.unsent_body(id) < upload_ahead) {
    const BodySource::Piece piece = upload.read(piece_bytes);
    if (piece.kind == Kind::later) return;
    stream.exchange->on_upload_progress();
    if (piece.kind == Kind::bytes) {
      (void)engine_.send_body(id, piece.bytes, http2::Then::body);
      continue;
    }
    stream.uploading = false;
    --uploads_;
    if (piece.kind == Kind::failed) {
      (void)engine_.reset(id, http2::ErrorCode::cancel);
      Exchange& exchange = *std::exchange(stream.exchange, nullptr);
      exchange.on_failure(
          {FailureKind::body_source_failed, Phase::request, std::string(piece.bytes), Processing::possible});
      return;
    }
    const FieldList& trailers = stream.exchange->trailers();
    if (trailers.empty()) {
      (void)engine_.send_body(id, {}, http2::Then::end);
    } else {
      http2::Fields fields;
      for (const Field& field : trailers)
        fields.emplace_back(ascii_lower(field.name), field.value);
      (void)engine_.send_trailers(id, std::move(fields));
    }
  }
}

void Http2Connection::take_head(const http2::ResponseHead& head) {
  const auto stream = live_.find(head.stream);
  if (stream == live_.end() || stream->second.exchange == nullptr) return;
  if (stream->second.exchange->on_head(head_of(head.status, head.fields)) == HeadDecision::deliver) return;
  (void)engine_.reset(head.stream, http2::ErrorCode::cancel);
  release(stream);
}

void Http2Connection::take_body(const http2::BodyData& data) {
  const auto stream = live_.find(data.stream);
  if (stream == live_.end() || stream->second.exchange == nullptr)
    return engine_.consume(data.stream, data.bytes.size());
  const Demand demand = stream->second.exchange->on_body(data.bytes);
  stream->second.unconsumed += data.bytes.size();
  if (demand == Demand::more) engine_.consume(data.stream, std::exchange(stream->second.unconsumed, 0));
}

void Http2Connection::take(const Http2Client::Event& event) {
  const auto exchange_of = [&](http2::StreamId id) {
    const auto stream = live_.find(id);
    return stream == live_.end() ? nullptr : stream->second.exchange;
  };
  if (const auto* head = std::get_if<http2::ResponseHead>(&event)) {
    take_head(*head);
  } else if (const auto* body = std::get_if<http2::BodyData>(&event)) {
    take_body(*body);
  } else if (const auto* end = std::get_if<http2::ResponseEnd>(&event)) {
    const auto stream = live_.find(end->stream);
    if (stream == live_.end()) return;
    // RFC 9113 §8.1: a response may be complete before the request is.
    if (stream->second.uploading) (void)engine_.reset(end->stream, http2::ErrorCode::no_error);
    if (Exchange* exchange = stream->second.exchange) exchange->on_end();
    release(stream);
  } else if (const auto* interim = std::get_if<http2::InformationalHead>(&event)) {
    if (Exchange* exchange = exchange_of(interim->stream))
      exchange->on_interim(head_of(interim->status, interim->fields));
  } else if (const auto* trailers = std::get_if<http2::Trailers>(&event)) {
    if (Exchange* exchange = exchange_of(trailers->stream))
      exchange->on_trailers(head_of(0, trailers->fields).fields);
  } else if (const auto* reset = std::get_if<http2::StreamReset>(&event)) {
    const auto stream = live_.find(reset->stream);
    if (stream == live_.end()) return;
    if (Exchange* exchange = stream->second.exchange) exchange->on_failure(failure_of(*reset, *exchange));
    release(stream);
  } else if (std::holds_alternative<http2::SettingsReceived>(event)) {
    settings_ = SettingsState::received;
    keeper().on_room(*this);
  } else if (const auto* origin = std::get_if<http2::OriginFrame>(&event)) {
    // RFC 8336 §2.4: not without TLS.
    if (established().chain) extend_origin_set(origin->origins);
  } else if (const auto* goaway = std::get_if<http2::GoAway>(&event)) {
    last_words_ =
        fmt::format("the server sent GOAWAY ({}{}{})", to_string(goaway->code),
                    goaway->debug_data.empty() ? "" : ": ", RawHost(goaway->debug_data).printable());
    retire(last_words_);
    if (live_.empty()) say_goodbye();
  } else if (const auto* failure = std::get_if<http2::ConnectionFailure>(&event)) {
    const bool closed = failure->problem == http2::ConnectionProblem::closed_mid_stream ||
                        failure->problem == http2::ConnectionProblem::closed_before_settings;
    fail_all(closed ? FailureKind::closed_early : FailureKind::malformed_response,
             RawHost(failure->sentence).printable());
  } else if (std::holds_alternative<http2::ConnectionEnd>(event)) {
    fail_all(FailureKind::closed_early, "the server closed the connection");
  }
}

void Http2Connection::fail_all(FailureKind kind, const std::string& sentence) {
  over_ = true;
  // What it said before it closed is the reason.
  const std::string& reason =
      last_words_.empty() || kind != FailureKind::closed_early ? sentence : last_words_;
  retire(reason);
  Streams streams;
  streams.swap(live_);
  uploads_ = 0;
  for (auto& [id, stream] : streams) {
    if (stream.exchange == nullptr) continue;
    stream.exchange->on_failure({kind, phase_of(*stream.exchange), reason, Processing::possible});
  }
  wire().close();
  finish();
}

void Http2Connection::set_engine_timer() {
  if (is_set() || over_) return;
  if (const auto deadline = engine_.deadline()) loop().timers().set(*this, *deadline);
}

void Http2Connection::on_deadline(MonotonicTime now) {
  engine_.on_deadline(now);
  drain();
  set_engine_timer();
  wire().flush_soon();
}

}  // namespace

std::unique_ptr<Connection> make_http2_connection(Established established, Transport transport,
                                                  ConnectionKeeper& keeper, StreamLimits limits) {
  return std::make_unique<Http2Connection>(std::move(established), std::move(transport), keeper, limits);
}

}  // namespace astray::client
