#include "http2/session.h"

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "http2/frame_payloads.h"
#include "http2/raw_frames.h"
#include "http2/session_callbacks.h"

namespace astray::http2 {
namespace {

bool is_read_here(FrameType type) {
  return type == FrameType::settings || type == FrameType::origin || type == FrameType::altsvc;
}

}  // namespace

Session::Session(Role role, const Options& options, MonotonicTime now)
    : role_(role),
      options_(options),
      boundary_(role == Role::server ? connection_preface.size() : 0),
      flood_(options),
      settings_deadline_(now + options.settings_timeout),
      flood_forgotten_(now) {
  session_ = SessionCallbacks::open(*this);
  submit_settings();
  // Whatever happens, SETTINGS come first.
  stage();
}

Session::~Session() {
  nghttp2_session_del(session_);
}

void Session::submit_settings() {
  auto header_list_bytes = static_cast<uint32_t>(std::min<size_t>(options_.header_list_bytes, UINT32_MAX));
  std::vector<nghttp2_settings_entry> entries;
  if (role_ == Role::client) {
    entries.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  } else {
    entries.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options_.concurrent_streams});
    if (options_.extended_connect == ExtendedConnect::on)
      entries.push_back({NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1});
  }
  entries.push_back({NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options_.stream_window});
  entries.push_back({NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, header_list_bytes});
  CHECK(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, entries.data(), entries.size()) == 0);
  CHECK(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                              static_cast<int32_t>(options_.connection_window)) == 0);
}

void Session::receive(std::string_view bytes) {
  if (!over_) input_ = bytes;
}

void Session::receive_end() {
  input_state_ = Input::ended;
}

std::optional<AnyEvent> Session::next_event() {
  credit_drained();
  // What the caller commanded upon the last event comes before what the next frame does.
  stage();
  while (events_.empty() && !over_) {
    if (!input_.empty()) {
      feed();
    } else if (input_state_ == Input::ended) {
      finish_input();
    } else {
      stage();
      break;
    }
  }
  std::optional<AnyEvent> event = events_.take_front();
  if (!event) {
    release_idle_memory();
  } else if (const BodyData* data = std::get_if<BodyData>(&*event)) {
    shown_ = data->bytes.size();
  }
  return event;
}

// A connection that waits for its next request, perhaps for minutes and beside thousands like it, keeps
// nothing that it can have again.
void Session::release_idle_memory() {
  const bool waits = streams_.empty() && events_.empty() && staged_at_ == staged_.size();
  if (!waits || !boundary_.between_frames()) return;
  // `= {}` would empty them and keep their memory.
  events_.release();
  streams_ = Streams();
  last_found_ = {};
  staged_ = std::string();
  staged_at_ = 0;
  payload_ = std::string();
  library_sentence_ = std::string();
}

void Session::feed() {
  FrameBoundary::Progress progress;
  size_t taken = boundary_.advance(input_, progress);
  std::string_view piece = input_.substr(0, taken);
  input_.remove_prefix(taken);
  if (progress == FrameBoundary::Progress::header_known) {
    payload_.clear();
    library_sentence_.clear();
    check_header();
  } else if (is_read_here(boundary_.current().type) && boundary_.current_length() <= largest_frame &&
             payload_.size() < boundary_.current_length()) {
    payload_ += piece;
  }
  if (over_) return;

  ssize_t used =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(piece.data()), piece.size());
  if (used < 0) return failed_by_library(static_cast<int>(used));
  stage();
  if (!over_ && boundary_.between_frames()) after_frame();
}

// What does not need the payload: floods, windows, push.
void Session::check_header() {
  const Frame& frame = boundary_.current();
  if (auto flood = flood_.frame(frame.type))
    return fail(*flood, ErrorCode::enhance_your_calm, frame.stream,
                fmt::format("more than {} frames in a row brought nothing, at last {}", options_.idle_frames,
                            to_string(frame.type)));
  // nghttp2 of Debian 12 (1.52.0-1+deb12u3) counts pieces of a frame header as frames; its own limit is off.
  continuations_ = frame.type == FrameType::continuation ? continuations_ + 1 : 0;
  if (continuations_ > options_.continuations)
    return fail(ConnectionProblem::continuation_flood, ErrorCode::enhance_your_calm, frame.stream,
                fmt::format("a field block in more than {} CONTINUATION frames", options_.continuations));
  if (frame.type == FrameType::push_promise && role_ == Role::client && settings_received_)
    return fail(ConnectionProblem::push_promise, ErrorCode::protocol_error, frame.stream,
                "the server pushes although SETTINGS_ENABLE_PUSH is 0 (RFC 9113 section 8.4)");
  if (frame.type == FrameType::settings && boundary_.current_length() / 6 > options_.settings_entries)
    return fail(ConnectionProblem::settings_flood, ErrorCode::enhance_your_calm, 0,
                fmt::format("SETTINGS with {} entries, more than {}", boundary_.current_length() / 6,
                            options_.settings_entries));
  if (frame.type == FrameType::data && settings_received_) check_window();
}

// RFC 9113 section 6.9.1. nghttp2 would see it only in the middle of the payload, depending on the pieces.
void Session::check_window() {
  const Frame& frame = boundary_.current();
  auto length = static_cast<int64_t>(boundary_.current_length());
  if (length > nghttp2_session_get_local_window_size(session_))
    return fail(ConnectionProblem::flow_control_error, ErrorCode::flow_control_error, frame.stream,
                fmt::format("DATA of {} bytes where the connection's window has {}", length,
                            nghttp2_session_get_local_window_size(session_)));
  Stream* stream = find(frame.stream);
  if (stream == nullptr || stream->silent) return;
  int32_t window = nghttp2_session_get_stream_local_window_size(session_, frame.stream);
  if (window < 0 || length <= window) return;
  reset_for(frame.stream, *stream, StreamProblem::flow_control_error, ErrorCode::flow_control_error,
            fmt::format("DATA of {} bytes where the stream's window has {}", length, window));
  stage();
}

void Session::after_frame() {
  const Frame& header = boundary_.current();
  if (header.type != FrameType::origin && header.type != FrameType::altsvc) return;
  Frame frame = header;
  frame.payload = payload_;
  on_extension(frame);
}

void Session::finish_input() {
  stage();
  if (over_) return;
  if (!settings_received_)
    return fail(ConnectionProblem::closed_before_settings, ErrorCode::no_error, 0,
                "the peer closed the connection before it sent SETTINGS");
  if (!streams_.empty() || !boundary_.between_frames())
    return fail(ConnectionProblem::closed_mid_stream, ErrorCode::no_error, 0,
                fmt::format("the peer closed the connection with {} streams open{}", streams_.size(),
                            boundary_.between_frames() ? "" : " and in the middle of a frame"));
  emit(ConnectionEnd{});
  over_ = true;
}

void Session::credit_drained() {
  if (options_.consumption == Consumption::when_drained) drained_ += shown_;
  shown_ = 0;
  if (over_ || drained_ == 0 || !boundary_.between_frames()) return;
  nghttp2_session_consume(session_, drained_stream_, drained_);
  drained_ = 0;
}

void Session::stage() {
  // A caller that never writes all of it must not make it grow.
  if (staged_at_ >= stage_limit) {
    staged_.erase(0, staged_at_);
    staged_at_ = 0;
  }
  while (!over_ && !output_is_full()) {
    const uint8_t* bytes = nullptr;
    ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) return failed_by_library(static_cast<int>(size));
    // fail(), in a callback, has put the last frame there.
    if (size == 0 || failed_here_) return;
    put({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)});
  }
}

bool Session::output_is_full() const {
  const size_t waiting = staged_.size() - staged_at_;
  return target_.empty() ? waiting >= stage_limit : waiting != 0;
}

void Session::put(std::string_view bytes) {
  if (staged_at_ == staged_.size()) {
    const size_t direct = std::min(bytes.size(), target_.size());
    if (direct != 0) std::memcpy(target_.data(), bytes.data(), direct);
    target_ = target_.subspan(direct);
    bytes.remove_prefix(direct);
  }
  staged_ += bytes;
}

size_t Session::take_staged(std::span<char> buffer) {
  const size_t size = std::min(buffer.size(), staged_.size() - staged_at_);
  if (size != 0) std::memcpy(buffer.data(), staged_.data() + staged_at_, size);
  staged_at_ += size;
  if (staged_at_ < staged_.size()) return size;
  staged_.clear();
  staged_at_ = 0;
  return size;
}

size_t Session::write_to(std::span<char> buffer) {
  size_t written = take_staged(buffer);
  if (written < buffer.size()) {
    target_ = buffer.subspan(written);
    stage();
    written = buffer.size() - std::exchange(target_, {}).size();
    // The last words of a connection that failed just now.
    written += take_staged(buffer.subspan(written));
  }
  if (written == 0) release_idle_memory();
  return written;
}

std::optional<MonotonicTime> Session::deadline() const {
  if (over_) return std::nullopt;
  std::optional<MonotonicTime> next;
  if (!settings_received_ || !settings_acknowledged_) next = settings_deadline_;
  MonotonicTime forget = flood_forgotten_ + options_.flood_period;
  if (flood_.counts() && (!next || forget < *next)) next = forget;
  return next;
}

void Session::on_deadline(MonotonicTime now) {
  if (over_) return;
  if (now >= flood_forgotten_ + options_.flood_period) {
    flood_.forget();
    flood_forgotten_ = now;
  }
  if (now < settings_deadline_ || (settings_received_ && settings_acknowledged_)) return;
  fail(ConnectionProblem::settings_timeout, ErrorCode::settings_timeout, 0,
       settings_received_ ? "the peer did not acknowledge SETTINGS in time"
                          : "the peer did not send SETTINGS in time");
}

void Session::emit(AnyEvent event) {
  if (!over_) events_.emplace_back(std::move(event));
}

void Session::fail(ConnectionProblem problem, ErrorCode code, StreamId id, std::string sentence) {
  if (over_) return;
  emit(ConnectionFailure{.problem = problem, .code = code, .stream = id, .sentence = std::move(sentence)});
  over_ = failed_here_ = true;
  input_ = {};
  staged_.erase(0, staged_at_);
  staged_at_ = 0;
  staged_ += RawFrames().goaway(nghttp2_session_get_last_proc_stream_id(session_), code).bytes();
}

void Session::failed_by_library(int code) {
  ConnectionProblem problem = ConnectionProblem::protocol_error;
  ErrorCode answer = ErrorCode::protocol_error;
  switch (code) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      problem = ConnectionProblem::not_http2;
      break;
    case NGHTTP2_ERR_FLOODED:
      problem = ConnectionProblem::unread_answers;
      answer = ErrorCode::enhance_your_calm;
      break;
    case NGHTTP2_ERR_NOMEM:
      problem = ConnectionProblem::out_of_memory;
      answer = ErrorCode::internal_error;
      break;
    default:
      break;
  }
  fail(problem, answer, boundary_.current().stream, nghttp2_strerror(code));
}

// nghttp2 found an error of the connection and is sending this GOAWAY.
void Session::terminated_by_library(uint32_t code, std::string_view reason) {
  ConnectionProblem problem = ConnectionProblem::protocol_error;
  switch (code) {
    case NGHTTP2_FLOW_CONTROL_ERROR:
      problem = ConnectionProblem::flow_control_error;
      break;
    case NGHTTP2_FRAME_SIZE_ERROR:
      problem = ConnectionProblem::frame_size_error;
      break;
    case NGHTTP2_COMPRESSION_ERROR:
      problem = ConnectionProblem::compression_error;
      break;
    case NGHTTP2_STREAM_CLOSED:
      problem = ConnectionProblem::stream_closed;
      break;
    default:
      break;
  }
  StreamId stream = boundary_.current().stream;
  if (not_http2_) {
    problem = ConnectionProblem::not_http2;
    stream = 0;
  }
  std::string sentence = library_sentence_.empty() ? std::string(reason) : library_sentence_;
  if (sentence.empty()) sentence = fmt::format("{} frame", to_string(boundary_.current().type));
  emit(ConnectionFailure{.problem = problem,
                         .code = static_cast<ErrorCode>(code),
                         .stream = stream,
                         .sentence = std::move(sentence)});
  over_ = true;
  input_ = {};
}

Stream* Session::find(StreamId id) {
  if (last_found_.second != nullptr && last_found_.first == id) return last_found_.second;
  auto found = streams_.find(id);
  if (found == streams_.end()) return nullptr;
  last_found_ = {id, &found->second};
  return &found->second;
}

void Session::forget(Streams::iterator stream) {
  last_found_ = {};
  streams_.erase(stream);
}

}  // namespace astray::http2
