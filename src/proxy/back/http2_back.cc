// Requests on a connection, and what of them goes out.
#include "proxy/back/http2_back.h"

#include <fmt/format.h>

#include <algorithm>

namespace astray::proxy {
namespace {

http2::Options http2_options() {
  http2::Options options;
  options.concurrent_streams = most_streams;
  options.stream_window = static_cast<uint32_t>(response_window);
  // The engine opens the connection's window again when half of it is used up: even with every stream's tap
  // shut, that half must be more than they hold, or the one that is read would wait for those that are not.
  options.connection_window = (most_streams + 1) * 2 * options.stream_window;
  options.consumption = http2::Consumption::by_command;
  return options;
}

}  // namespace

Http2Back::Http2Back(BackConnectionParts parts, OpenedBack opened, BackConnectionFacts facts)
    : BackConnection(parts.loop, parts.buffers, std::move(opened), facts, parts.limits, parts.keeper),
      engine_(http2_options(), parts.loop.now()) {}

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

std::unique_ptr<BackConnection> make_http2_back(BackConnectionParts parts, OpenedBack opened) {
  const BackConnectionFacts facts{.id = parts.id, .peer = opened.stream->peer()};
  return std::make_unique<Http2Back>(parts, std::move(opened), facts);
}

}  // namespace astray::proxy
