// What happens to streams, and what the caller does to them.
#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>

#include "http2/raw_frames.h"
#include "http2/session.h"

namespace astray::http2 {
namespace {

constexpr size_t largest_head = size_t{1024} * 1024;

bool is_too_large(const Fields& fields) {
  size_t size = 0;
  for (const Field field : fields) size += field.name.size() + field.value.size() + 32;
  return size > largest_head;
}

uint8_t* octets(std::string_view text) {
  return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
}

/// As nghttp2 wants them, without an allocation for most heads.
class Pairs {
 public:
  explicit Pairs(const Fields& fields) : count_(fields.size()) {
    if (count_ > few_.size()) many_.resize(count_);
    nghttp2_nv* next = data();
    for (const Field field : fields)
      *next++ = {octets(field.name), octets(field.value), field.name.size(), field.value.size(), borrowed};
  }
  nghttp2_nv* data() { return many_.empty() ? few_.data() : many_.data(); }
  size_t size() const { return count_; }

 private:
  // Not copied, and so not lower-cased either.
  static constexpr uint8_t borrowed = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  size_t count_;
  std::array<nghttp2_nv, 24> few_;
  std::vector<nghttp2_nv> many_;
};

}  // namespace

// How much of a stream's body the next frame has. The bytes stay where they are until SessionCallbacks writes
// them behind the frame's header.
static ssize_t read_body(nghttp2_session* library, int32_t id, uint8_t*, size_t room, uint32_t* flags,
                         nghttp2_data_source* source, void*) {
  auto& stream = *static_cast<Stream*>(source->ptr);
  const size_t left = stream.body.size() - stream.body_at;
  const size_t taken = std::min(room, left);
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (taken < left) return static_cast<ssize_t>(taken);
  if (stream.outgoing != Stream::Outgoing::over)
    return taken != 0 ? static_cast<ssize_t>(taken) : static_cast<ssize_t>(NGHTTP2_ERR_DEFERRED);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (stream.trailers != nullptr) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    Pairs pairs(*stream.trailers);
    if (nghttp2_submit_trailer(library, id, pairs.data(), pairs.size()) != 0)
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  return static_cast<ssize_t>(taken);
}

void Session::data_received(StreamId id, std::string_view bytes) {
  drained_stream_ = id;
  Stream* stream = find(id);
  if (stream == nullptr || stream->silent || over_) {
    drained_ += bytes.size();
    return;
  }
  flood_.progress();
  if (stream->incoming == Stream::Incoming::head) {
    drained_ += bytes.size();
    return reset_for(id, *stream, StreamProblem::malformed_message, ErrorCode::protocol_error,
                     "DATA before the head");
  }
  size_t wanted = bytes.size();
  if (stream->declared_length)
    wanted =
        static_cast<size_t>(std::min<uint64_t>(wanted, *stream->declared_length - stream->received_length));
  stream->received_length += wanted;
  if (wanted != 0) emit(BodyData{.stream = id, .bytes = bytes.substr(0, wanted)});
  if (wanted == bytes.size()) return;
  drained_ += bytes.size() - wanted;
  reset_for(id, *stream, StreamProblem::wrong_content_length, ErrorCode::protocol_error,
            fmt::format("more than the {} bytes of body that are allowed", *stream->declared_length));
}

void Session::end_message(StreamId id, Stream& stream) {
  if (stream.incoming == Stream::Incoming::head)
    return reset_for(id, stream, StreamProblem::malformed_message, ErrorCode::protocol_error,
                     "the stream ends before the head");
  if (stream.declared_length && *stream.declared_length != stream.received_length)
    return reset_for(
        id, stream, StreamProblem::wrong_content_length, ErrorCode::protocol_error,
        fmt::format("the body ends after {} of {} bytes", stream.received_length, *stream.declared_length));
  stream.incoming = Stream::Incoming::over;
  on_message_end(id);
}

void Session::reset_for(StreamId id, Stream& stream, StreamProblem problem, ErrorCode code,
                        std::string sentence) {
  if (stream.silent) return;
  stream.silent = true;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, static_cast<uint32_t>(code));
  emit(StreamReset{.stream = id, .problem = problem, .code = code, .sentence = std::move(sentence)});
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

void Session::stream_closed(StreamId id, uint32_t code) {
  auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const Stream& stream = found->second;
  bool complete = stream.incoming == Stream::Incoming::over && (role_ == Role::client || code == 0);
  bool silent = stream.silent;
  forget(found);
  if (silent || complete) return;
  StreamProblem problem = StreamProblem::stream_error;
  if (code == NGHTTP2_FLOW_CONTROL_ERROR) problem = StreamProblem::flow_control_error;
  if (code == NGHTTP2_REFUSED_STREAM && peer_going_away_) problem = StreamProblem::refused_by_goaway;
  emit(StreamReset{
      .stream = id, .problem = problem, .code = static_cast<ErrorCode>(code), .sentence = library_sentence_});
  if (problem != StreamProblem::refused_by_goaway) count_reset(id);
}

Result<StreamId, CommandError> Session::request(Fields fields, std::string_view body, Then then) {
  if (over_ || going_away_ || input_state_ == Input::ended)
    return Failure<CommandError>(CommandError::connection_over);
  if (peer_going_away_) return Failure<CommandError>(CommandError::going_away);
  if (streams_available() == 0) return Failure<CommandError>(CommandError::too_many_streams);
  if (is_too_large(fields)) return Failure<CommandError>(CommandError::too_large);
  uint32_t next = nghttp2_session_get_next_stream_id(session_);
  if (next > INT32_MAX) return Failure<CommandError>(CommandError::no_stream_left);

  auto id = static_cast<StreamId>(next);
  Stream& stream = streams_[id];
  if (const auto method = first_value(fields, ":method")) stream.method = *method;
  stream.sent.push_front(std::move(fields));
  stream.body.append(body);
  stream.outgoing = then == Then::end ? Stream::Outgoing::over : Stream::Outgoing::body;
  Pairs pairs(stream.sent.front());
  nghttp2_data_provider provider{.source = {.ptr = &stream}, .read_callback = read_body};
  bool no_body = body.empty() && then == Then::end;
  if (nghttp2_submit_request(session_, nullptr, pairs.data(), pairs.size(), no_body ? nullptr : &provider,
                             nullptr) < 0) {
    forget(streams_.find(id));
    return Failure<CommandError>(CommandError::no_stream_left);
  }
  return id;
}

Result<Stream*, CommandError> Session::open_for_sending(StreamId id, Stream::Outgoing expected) {
  if (over_) return Failure<CommandError>(CommandError::connection_over);
  Stream* stream = find(id);
  if (stream == nullptr || stream->silent) return Failure<CommandError>(CommandError::unknown_stream);
  if (stream->outgoing != expected || (role_ == Role::server && stream->incoming == Stream::Incoming::head))
    return Failure<CommandError>(CommandError::wrong_moment);
  return stream;
}

CommandResult Session::informational(StreamId id, Fields fields) {
  auto stream = open_for_sending(id, Stream::Outgoing::head);
  if (!stream) return Failure<CommandError>(stream.error());
  if (is_too_large(fields)) return Failure<CommandError>(CommandError::too_large);
  (*stream)->sent.push_front(std::move(fields));
  Pairs pairs((*stream)->sent.front());
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, pairs.data(), pairs.size(), nullptr);
  return {};
}

CommandResult Session::respond(StreamId id, Fields fields, std::string_view body, Then then) {
  auto found = open_for_sending(id, Stream::Outgoing::head);
  if (!found) return Failure<CommandError>(found.error());
  if (is_too_large(fields)) return Failure<CommandError>(CommandError::too_large);
  Stream& stream = **found;
  stream.sent.push_front(std::move(fields));
  stream.body.append(body);
  stream.outgoing = then == Then::end ? Stream::Outgoing::over : Stream::Outgoing::body;
  Pairs pairs(stream.sent.front());
  nghttp2_data_provider provider{.source = {.ptr = &stream}, .read_callback = read_body};
  bool no_body = body.empty() && then == Then::end;
  nghttp2_submit_response(session_, id, pairs.data(), pairs.size(), no_body ? nullptr : &provider);
  return {};
}

CommandResult Session::send_body(StreamId id, std::string_view bytes, Then then) {
  auto found = open_for_sending(id, Stream::Outgoing::body);
  if (!found) return Failure<CommandError>(found.error());
  Stream& stream = **found;
  // What is sent goes when it is the larger part: appending stays linear.
  if (stream.body_at > stream.body.size() / 2) {
    stream.body.drop_front(stream.body_at);
    stream.body_at = 0;
  }
  stream.body.append(bytes);
  if (then == Then::end) stream.outgoing = Stream::Outgoing::over;
  nghttp2_session_resume_data(session_, id);
  return {};
}

CommandResult Session::send_trailers(StreamId id, Fields fields) {
  auto found = open_for_sending(id, Stream::Outgoing::body);
  if (!found) return Failure<CommandError>(found.error());
  if (is_too_large(fields)) return Failure<CommandError>(CommandError::too_large);
  Stream& stream = **found;
  stream.sent.push_front(std::move(fields));
  stream.trailers = &stream.sent.front();
  stream.outgoing = Stream::Outgoing::over;
  nghttp2_session_resume_data(session_, id);
  return {};
}

size_t Session::unsent_body(StreamId id) const {
  auto found = streams_.find(id);
  return found == streams_.end() ? 0 : found->second.body.size() - found->second.body_at;
}

void Session::consume(StreamId id, size_t bytes) {
  if (!over_) nghttp2_session_consume(session_, id, bytes);
}

CommandResult Session::reset(StreamId id, ErrorCode code) {
  if (over_) return Failure<CommandError>(CommandError::connection_over);
  Stream* stream = find(id);
  if (stream == nullptr || stream->silent) return Failure<CommandError>(CommandError::unknown_stream);
  stream->silent = true;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, static_cast<uint32_t>(code));
  return {};
}

CommandResult Session::origin(const std::vector<std::string>& origins) {
  if (over_) return Failure<CommandError>(CommandError::connection_over);
  size_t size = 0;
  std::vector<nghttp2_origin_entry> entries;
  for (const std::string& origin : origins) {
    size += 2 + origin.size();
    entries.push_back({octets(origin), origin.size()});
  }
  if (size > largest_frame) return Failure<CommandError>(CommandError::too_large);
  nghttp2_submit_origin(session_, NGHTTP2_FLAG_NONE, entries.data(), entries.size());
  return {};
}

CommandResult Session::alternative_service(StreamId id, std::string_view origin, std::string_view value) {
  if (over_) return Failure<CommandError>(CommandError::connection_over);
  if (2 + origin.size() + value.size() > largest_frame) return Failure<CommandError>(CommandError::too_large);
  if (id != 0 && find(id) == nullptr) return Failure<CommandError>(CommandError::unknown_stream);
  if ((id == 0) == origin.empty()) return Failure<CommandError>(CommandError::wrong_moment);
  nghttp2_submit_altsvc(session_, NGHTTP2_FLAG_NONE, id, octets(origin), origin.size(), octets(value),
                        value.size());
  return {};
}

void Session::go_away(ErrorCode code) {
  if (over_) return;
  going_away_ = true;
  StreamId last = nghttp2_session_get_last_proc_stream_id(session_);
  if (code == ErrorCode::no_error) {
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
    return;
  }
  staged_ += RawFrames().goaway(last, code).bytes();
  events_.clear();
  over_ = true;
  input_ = {};
}

size_t Session::streams_available() const {
  if (over_ || going_away_ || peer_going_away_) return 0;
  uint32_t peers = nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  size_t limit = std::min<size_t>(options_.concurrent_streams, peers);
  return limit > streams_.size() ? limit - streams_.size() : 0;
}

}  // namespace astray::http2
