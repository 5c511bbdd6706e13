// What the caller does to streams, and how they end.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "http2/session.h"

namespace astray::http2 {
namespace {

constexpr size_t largest_head = size_t{1024} * 1024;
constexpr StreamId last_id = INT32_MAX;

bool is_too_large(const Fields& fields) {
  size_t size = 0;
  for (const Field field : fields) size += field.name.size() + field.value.size() + 32;
  return size > largest_head;
}

bool is_of(StreamId id, const Event& event) {
  return std::visit(
      [&](const auto& e) {
        if constexpr (requires { e.stream; }) return e.stream == id;
        return false;
      },
      event);
}

}  // namespace

bool Session::is_idle(StreamId id) const {
  const bool is_clients = id % 2 == 1;
  if (!is_clients) return true;
  return role_ == Role::client ? id >= sender_.next_unopened() : id > last_from_peer_;
}

void Session::end_message(Stream& stream) {
  if (stream.incoming == Stream::Incoming::head)
    return reset_for(stream, StreamProblem::malformed_message, ErrorCode::protocol_error, "the stream ends before the head");
  if (stream.declared_length && *stream.declared_length != stream.received_length)
    return reset_for(
        stream, StreamProblem::wrong_content_length, ErrorCode::protocol_error,
        fmt::format("the body ends after {} of {} bytes", stream.received_length, *stream.declared_length));
  stream.incoming = Stream::Incoming::over;
  on_message_end(stream.id);
  close_when_both_ended(stream);
}

void Session::close_when_both_ended(Stream& stream) {
  if (stream.incoming == Stream::Incoming::over && stream.end_is_sent) erase(stream);
}

void Session::erase(Stream& stream) {
  sender_.forget(stream);
  streams_.erase(stream.id);
}

void Session::reset_for(Stream& stream, StreamProblem problem, ErrorCode code, std::string sentence) {
  const StreamId id = stream.id;
  const bool is_told = !is_answered(stream);
  sender_.put_reset(id, code);
  erase(stream);
  if (is_told) emit(StreamReset{.stream = id, .problem = problem, .code = code, .sentence = std::move(sentence)});
  count_reset(id);
}

// Only clients open streams to have them reset.
void Session::count_reset(StreamId id) {
  if (role_ == Role::client) return;
  if (auto flood = flood_.reset())
    fail(*flood, ErrorCode::enhance_your_calm, id,
         fmt::format("more than {} streams were reset in {} s", options_.resets,
                     std::chrono::duration_cast<std::chrono::seconds>(options_.flood_period).count()));
}

void Session::credit_drained() {
  if (options_.consumption == Consumption::when_drained) drained_ += shown_;
  shown_ = 0;
  if (over_ || drained_ == 0 || !boundary_.between_frames()) return;
  consume(drained_stream_, std::exchange(drained_, 0));
}

void Session::consume(StreamId id, size_t bytes) {
  if (over_) return;
  if (const uint32_t told = receive_window_.give_back(bytes)) sender_.put_window_update(0, told);
  Stream* const stream = find(id);
  if (stream == nullptr || stream->incoming == Stream::Incoming::over) return;
  if (const uint32_t told = stream->receive_window.give_back(bytes))
    sender_.put_window_update(id, told);
}

Result<StreamId, CommandError> Session::request(Fields fields, std::string_view body, Then then) {
  if (over_ || going_away_ || input_state_ == Input::ended)
    return Failure<CommandError>(CommandError::connection_over);
  if (peer_going_away_) return Failure<CommandError>(CommandError::going_away);
  if (streams_available() == 0) return Failure<CommandError>(CommandError::too_many_streams);
  if (is_too_large(fields)) return Failure<CommandError>(CommandError::too_large);
  if (next_id_ == 0) return Failure<CommandError>(CommandError::no_stream_left);

  const StreamId id = next_id_;
  next_id_ = id == last_id ? 0 : id + 2;
  Stream& stream = streams_.add(id, std::make_unique<Stream>(id, peer_.initial_window_size, stream_receive_window_));
  if (const auto method = first_value(fields, ":method")) stream.method = *method;
  stream.opening = std::make_unique<Fields>(std::move(fields));
  stream.body.append(body);
  stream.outgoing = then == Then::end ? Stream::Outgoing::over : Stream::Outgoing::body;
  sender_.open_later(stream);
  return id;
}

Result<Stream*, CommandError> Session::open_for_sending(StreamId id, Stream::Outgoing expected) {
  if (over_) return Failure<CommandError>(CommandError::connection_over);
  Stream* const stream = find(id);
  if (stream == nullptr) return Failure<CommandError>(CommandError::unknown_stream);
  if (stream->outgoing != expected || (role_ == Role::server && stream->incoming == Stream::Incoming::head))
    return Failure<CommandError>(CommandError::wrong_moment);
  return stream;
}

CommandResult Session::informational(StreamId id, const Fields& fields) {
  const auto stream = open_for_sending(id, Stream::Outgoing::head);
  if (!stream) return Failure<CommandError>(stream.error());
  if (is_too_large(fields)) return Failure<CommandError>(CommandError::too_large);
  sender_.put_head({{}, fields, {}}, 0, id);
  return {};
}

CommandResult Session::respond(StreamId id, const HeadLines& lines, std::string_view body, Then then) {
  const auto found = open_for_sending(id, Stream::Outgoing::head);
  if (!found) return Failure<CommandError>(found.error());
  if (is_too_large(lines.fields)) return Failure<CommandError>(CommandError::too_large);
  Stream& stream = **found;
  stream.outgoing = then == Then::end ? Stream::Outgoing::over : Stream::Outgoing::body;
  stream.end_is_sent = body.empty() && then == Then::end;
  sender_.put_head(lines, stream.end_is_sent ? end_stream : 0, id);
  stream.body.append(body);
  sender_.offer(stream);
  close_when_both_ended(stream);
  return {};
}

CommandResult Session::send_body(StreamId id, std::string_view bytes, Then then) {
  const auto found = open_for_sending(id, Stream::Outgoing::body);
  if (!found) return Failure<CommandError>(found.error());
  Stream& stream = **found;
  // What is sent goes when it is the larger part: appending stays linear.
  if (stream.body_at > stream.body.size() / 2) {
    stream.body.drop_front(stream.body_at);
    stream.body_at = 0;
  }
  stream.body.append(bytes);
  if (then == Then::end) stream.outgoing = Stream::Outgoing::over;
  sender_.offer(stream);
  return {};
}

CommandResult Session::send_trailers(StreamId id, Fields fields) {
  const auto found = open_for_sending(id, Stream::Outgoing::body);
  if (!found) return Failure<CommandError>(found.error());
  if (is_too_large(fields)) return Failure<CommandError>(CommandError::too_large);
  Stream& stream = **found;
  stream.trailers = std::make_unique<Fields>(std::move(fields));
  stream.outgoing = Stream::Outgoing::over;
  sender_.offer(stream);
  return {};
}

size_t Session::unsent_body(StreamId id) const {
  const Stream* const stream = find(id);
  return stream == nullptr ? 0 : stream->unsent();
}

CommandResult Session::reset(StreamId id, ErrorCode code) {
  if (over_) return Failure<CommandError>(CommandError::connection_over);
  Stream* const stream = find(id);
  if (stream == nullptr) return Failure<CommandError>(CommandError::unknown_stream);
  // Of a request that was not written the peer need not hear.
  if (stream->opening == nullptr) sender_.put_reset(id, code);
  erase(*stream);
  // No BodyData is among them: it is the first event of its frame, and was looked at.
  events_.remove_if([&](const Event& event) { return is_of(id, event); });
  return {};
}

CommandResult Session::origin(const std::vector<std::string>& origins) {
  if (over_) return Failure<CommandError>(CommandError::connection_over);
  size_t size = 0;
  for (const std::string& origin : origins) size += 2 + origin.size();
  if (size > largest_frame) return Failure<CommandError>(CommandError::too_large);
  sender_.put_origins(origins);
  return {};
}

CommandResult Session::alternative_service(StreamId id, std::string_view origin, std::string_view value) {
  if (over_) return Failure<CommandError>(CommandError::connection_over);
  if (2 + origin.size() + value.size() > largest_frame) return Failure<CommandError>(CommandError::too_large);
  if (id != 0 && find(id) == nullptr) return Failure<CommandError>(CommandError::unknown_stream);
  if ((id == 0) == origin.empty()) return Failure<CommandError>(CommandError::wrong_moment);
  sender_.put_alternative_service(id, origin, value);
  return {};
}

size_t Session::streams_available() const {
  if (over_ || going_away_ || peer_going_away_) return 0;
  const size_t limit = std::min(options_.concurrent_streams, peer_.max_concurrent_streams);
  return limit > streams_.size() ? limit - streams_.size() : 0;
}

}  // namespace astray::http2
