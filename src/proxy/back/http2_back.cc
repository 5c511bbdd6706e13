// Many requests at once on one connection (RFC 9113).
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/check.h"
#include "http2/client.h"
#include "names/raw_host.h"
#include "proxy/back/back_connection.h"
#include "proxy/back/back_messages.h"
#include "proxy/back/open_back.h"
#include "proxy/back/pooled_request.h"

namespace astray::proxy {
namespace {

http2::Options http2_options() {
  http2::Options options;
  options.concurrent_streams = most_streams;
  options.stream_window = static_cast<uint32_t>(response_window);
  // nghttp2 opens the connection's window again when half of it is used up: even with every stream's tap
  // shut, that half must be more than they hold, or the one that is read would wait for those that are not.
  options.connection_window = (most_streams + 1) * 2 * options.stream_window;
  options.consumption = http2::Consumption::by_command;
  return options;
}

BackFailure failure_of(const http2::StreamReset& reset, const PooledRequest& request) {
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

class Http2Back final : public BackConnection, Timer {
 public:
  Http2Back(BackConnectionParts parts, OpenedBack opened, BackConnectionFacts facts)
      : BackConnection(parts.loop, parts.buffers, std::move(opened), facts, parts.limits, parts.keeper),
        engine_(http2_options(), parts.loop.now()) {}

  void start(PooledRequest& request, const RequestHead& head) override;
  void send_body(PooledRequest& request, std::string_view bytes) override;
  void end_body(PooledRequest& request, Fields trailers) override;
  size_t unsent(const PooledRequest& request) const override;
  void consume(PooledRequest& request, size_t bytes) override;
  void cancel(PooledRequest& request) override;
  void time_out(PooledRequest& request) override;
  uint32_t room() const override;
  Capacity capacity() const override { return capacity_; }
  bool idle() const override { return live_.empty() && early_.empty(); }
  void close() override;

 private:
  struct Live {
    PooledRequest* request;
    std::string method;
    enum class Upload : uint8_t { over, open } upload = Upload::over;
    enum class Use : uint8_t { exchange, tunnel } use = Use::exchange;
    std::optional<uint64_t> announced_left{};  ///< of Content-Length, bytes
    size_t unconsumed = 0;
    uint64_t begun_at = 0;  ///< outputs_ then: equal now, nothing of it was written
    uint64_t inputs_then = 0;
    bool is_above = false;  ///< half of most_unsent
    std::optional<Fields> trailers{};
  };
  using Streams = std::unordered_map<http2::StreamId, Live>;
  /// An extended CONNECT that waits to learn from SETTINGS whether it may be sent (RFC 8441 §3).
  struct Early {
    PooledRequest* request;
    RequestHead head;
    std::string body{};
    std::optional<Fields> end{};
  };
  enum class ExtendedConnect : uint8_t { unknown, allowed, refused };

  void on_bytes(std::string_view bytes) override;
  void on_wire_end(const client::WireEnd& end) override;
  size_t take_output(std::span<char> buffer) override;
  void on_deadline(MonotonicTime now) override;
  void drain();
  void take(Http2Client::Event& event, const std::optional<Http2Client::Event>& next);
  void take_head(http2::ResponseHead head, StreamEnds ends);
  void take_body(const http2::BodyData& data);
  void take_reset(const http2::StreamReset& reset);
  void take_end(http2::StreamId id);
  void take_settings(const http2::SettingsReceived& settings);
  /// Announced; the end when it did not survive that.
  Streams::iterator told(http2::StreamId id);
  void begin_stream(PooledRequest& request, const RequestHead& head);
  std::vector<Early>::iterator find_early(const PooledRequest& request);
  PooledRequest* release(Streams::iterator stream);
  void after_release();
  void note_upload(http2::StreamId id, Live& stream);
  void make_room();
  void fail_all(BackFailure::Kind kind, const std::string& sentence);
  void set_engine_timer();

  Http2Client engine_;
  Streams live_;
  std::vector<Early> early_;
  ExtendedConnect extended_connect_ = ExtendedConnect::unknown;
  Capacity capacity_ = Capacity::awaited;
  uint64_t outputs_ = 0;
  uint64_t inputs_ = 0;
  size_t above_ = 0;        ///< streams with is_above
  std::string last_words_;  ///< of GOAWAY
  bool over_ = false;
};

uint32_t Http2Back::room() const {
  if (retired() || over_) return 0;
  // The first request need not wait for SETTINGS; what is more could be refused.
  if (capacity_ == Capacity::awaited) return idle() ? 1 : 0;
  const size_t available = engine_.streams_available();
  return static_cast<uint32_t>(available - std::min(available, early_.size()));
}

void Http2Back::start(PooledRequest& request, const RequestHead& head) {
  request.stream = 0;
  if (!head.upgrade.empty() && extended_connect_ == ExtendedConnect::unknown) {
    early_.push_back({&request, head});
  } else {
    begin_stream(request, head);
  }
  count_request();
}

void Http2Back::begin_stream(PooledRequest& request, const RequestHead& head) {
  const auto refuse = [&](std::string sentence) {
    keeper().on_request_left(*this);
    request.fail_soon({BackFailure::Kind::unavailable, std::move(sentence), BackFailure::Processing::never});
  };
  const bool upgrades = !head.upgrade.empty();
  if (upgrades && extended_connect_ == ExtendedConnect::refused)
    return refuse(fmt::format("the back does not carry \"{}\" over HTTP/2 (RFC 8441)", head.upgrade));
  const bool uploads = upgrades || head.body == gateway::Body::follows;
  const auto id = engine_.request(http2_request_fields(head), uploads ? http2::Then::body : http2::Then::end);
  if (!id) {
    retire();
    return refuse(fmt::format("the connection takes no more requests ({})", to_string(id.error())));
  }
  Live live{.request = &request,
            .method = upgrades ? "CONNECT" : head.method,
            .begun_at = outputs_,
            .inputs_then = inputs_};
  if (uploads) live.upload = Live::Upload::open;
  if (upgrades) live.use = Live::Use::tunnel;
  if (head.body == gateway::Body::follows) live.announced_left = head.content_length;
  live_.emplace(*id, std::move(live));
  request.stream = *id;
  set_engine_timer();
  wire().flush_soon();
}

std::vector<Http2Back::Early>::iterator Http2Back::find_early(const PooledRequest& request) {
  return std::find_if(early_.begin(), early_.end(),
                      [&](const Early& early) { return early.request == &request; });
}

void Http2Back::send_body(PooledRequest& request, std::string_view bytes) {
  if (const auto early = find_early(request); early != early_.end()) {
    early->body += bytes;
    return;
  }
  const auto stream = live_.find(request.stream);
  if (stream == live_.end() || stream->second.upload == Live::Upload::over) return;
  if (auto& left = stream->second.announced_left) {
    bytes = bytes.substr(0, static_cast<size_t>(std::min<uint64_t>(bytes.size(), *left)));
    *left -= bytes.size();
  }
  if (bytes.empty()) return;
  (void)engine_.send_body(stream->first, bytes, http2::Then::body);
  note_upload(stream->first, stream->second);
  wire().flush_soon();
}

void Http2Back::note_upload(http2::StreamId id, Live& stream) {
  if (stream.is_above || engine_.unsent_body(id) < most_unsent / 2) return;
  stream.is_above = true;
  ++above_;
}

void Http2Back::end_body(PooledRequest& request, Fields trailers) {
  if (const auto early = find_early(request); early != early_.end()) {
    early->end = std::move(trailers);
    return;
  }
  const auto stream = live_.find(request.stream);
  if (stream == live_.end() || stream->second.upload == Live::Upload::over) return;
  stream->second.upload = Live::Upload::over;
  if (stream->second.announced_left.value_or(0) != 0) {
    (void)engine_.reset(stream->first, http2::ErrorCode::cancel);
    release(stream);
    request.fail_soon({BackFailure::Kind::malformed, "the request's body is shorter than its Content-Length",
                       BackFailure::Processing::possible});
    after_release();
  } else if (trailers.empty()) {
    (void)engine_.send_body(stream->first, {}, http2::Then::end);
  } else {
    (void)engine_.send_trailers(stream->first, fields_from_http2(std::move(trailers)));
  }
  wire().flush_soon();
}

size_t Http2Back::unsent(const PooledRequest& request) const {
  if (request.stream != 0) return engine_.unsent_body(request.stream);
  const auto early = std::find_if(early_.begin(), early_.end(),
                                  [&](const Early& entry) { return entry.request == &request; });
  return early == early_.end() ? 0 : early->body.size();
}

void Http2Back::consume(PooledRequest& request, size_t bytes) {
  const auto stream = live_.find(request.stream);
  if (stream == live_.end()) return;
  const size_t used = std::min(bytes, stream->second.unconsumed);
  stream->second.unconsumed -= used;
  engine_.consume(stream->first, used);
  wire().flush_soon();
}

PooledRequest* Http2Back::release(Streams::iterator stream) {
  // Whoever has the bytes still has them; the connection's window must not shrink for good.
  if (stream->second.unconsumed != 0) engine_.consume(stream->first, stream->second.unconsumed);
  if (stream->second.is_above) --above_;
  PooledRequest* request = stream->second.request;
  live_.erase(stream);
  request->leave_connection();
  request->stream = 0;
  keeper().on_request_left(*this);
  return request;
}

void Http2Back::after_release() {
  if (over_) return;
  if (idle() && retired()) return close();
  if (!retired()) keeper().on_free(*this);
}

void Http2Back::cancel(PooledRequest& request) {
  if (const auto early = find_early(request); early != early_.end()) {
    early_.erase(early);
    request.leave_connection();
    keeper().on_request_left(*this);
    return after_release();
  }
  const auto stream = live_.find(request.stream);
  if (stream == live_.end()) return;
  (void)engine_.reset(stream->first, http2::ErrorCode::cancel);
  release(stream);
  wire().flush_soon();
  after_release();
}

// A connection on which nothing at all came meanwhile is likely to be dead: others must not wait for it, too.
void Http2Back::time_out(PooledRequest& request) {
  const auto stream = live_.find(request.stream);
  const bool is_silent = stream != live_.end() && stream->second.inputs_then == inputs_;
  if (is_silent) retire();
  BackConnection::time_out(request);
}

void Http2Back::close() {
  if (over_) return;
  over_ = true;
  engine_.go_away();
  wire().close();
  finish();
}

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

size_t Http2Back::take_output(std::span<char> buffer) {
  const size_t size = engine_.write_to(buffer);
  if (size != 0) ++outputs_;
  if (above_ != 0) make_room();
  return size;
}

void Http2Back::make_room() {
  std::vector<http2::StreamId> below;
  for (auto& [id, stream] : live_) {
    if (!stream.is_above || engine_.unsent_body(id) >= most_unsent / 2) continue;
    stream.is_above = false;
    --above_;
    below.push_back(id);
  }
  for (const http2::StreamId id : below) {
    const auto stream = live_.find(id);
    if (stream != live_.end()) stream->second.request->make_room();
  }
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
  BackFailure failure = failure_of(reset, *stream->second.request);
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

void Http2Back::set_engine_timer() {
  if (is_set() || over_) return;
  if (const auto deadline = engine_.deadline()) loop().timers().set(*this, *deadline);
}

void Http2Back::on_deadline(MonotonicTime now) {
  if (over_) return;
  engine_.on_deadline(now);
  drain();
  set_engine_timer();
  wire().flush_soon();
}

}  // namespace

std::unique_ptr<BackConnection> make_http2_back(BackConnectionParts parts, OpenedBack opened) {
  const BackConnectionFacts facts{.id = parts.id, .peer = opened.stream->peer()};
  return std::make_unique<Http2Back>(parts, std::move(opened), facts);
}

}  // namespace astray::proxy
