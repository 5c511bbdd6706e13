// What comes, frame by frame (RFC 9113 sections 4 and 6). Frames other than DATA are read when they are whole, so that the
// pieces they come in make no difference.
#include <fmt/format.h>

#include <algorithm>

#include "base/octets.h"
#include "http2/frame_payloads.h"
#include "http2/session.h"

namespace astray::http2 {
namespace {

/// RFC 9113 section 6: whether the type belongs to a stream, or to the connection; WINDOW_UPDATE is for both.
enum class Place : uint8_t { stream, connection, either };
Place place_of(FrameType type) {
  switch (type) {
    case FrameType::data:
    case FrameType::headers:
    case FrameType::priority:
    case FrameType::rst_stream:
    case FrameType::push_promise:
    case FrameType::continuation:
      return Place::stream;
    case FrameType::settings:
    case FrameType::ping:
    case FrameType::goaway:
      return Place::connection;
    case FrameType::window_update:
    case FrameType::altsvc:
    case FrameType::origin:
      break;
  }
  return Place::either;
}

constexpr size_t priority_bytes = 5;

/// Bytes of payload that a frame of this type cannot do without.
size_t least_length(const Frame& frame) {
  size_t least = (frame.flags & padded) != 0 ? 1 : 0;
  switch (frame.type) {
    case FrameType::data:
      return least;
    case FrameType::headers:
      return (frame.flags & priority) != 0 ? least + priority_bytes : least;
    case FrameType::goaway:
      return 8;
    default:
      return 0;
  }
}

/// Nothing: any length.
std::optional<size_t> only_length(const Frame& frame) {
  switch (frame.type) {
    case FrameType::priority:
      return priority_bytes;
    case FrameType::rst_stream:
    case FrameType::window_update:
      return 4;
    case FrameType::ping:
      return 8;
    case FrameType::settings:
      return (frame.flags & ack) != 0 ? std::optional<size_t>(0) : std::nullopt;
    default:
      return std::nullopt;
  }
}

/// Those of no other use are not kept until they are whole.
bool is_kept(FrameType type) {
  return type <= FrameType::altsvc || type == FrameType::origin;
}

}  // namespace

void Session::feed() {
  FrameBoundary::Progress progress;
  const size_t taken = boundary_.advance(input_, progress);
  const std::string_view piece = input_.substr(0, taken);
  input_.remove_prefix(taken);
  if (role_ == Role::server && preface_seen_ < connection_preface.size()) return take_preface(piece);

  if (progress == FrameBoundary::Progress::header_known) {
    begin_frame();
    if (over_ || !boundary_.between_frames()) return;
    return end_frame({});
  }
  if (progress == FrameBoundary::Progress::in_header) return;
  const FrameType type = boundary_.current().type;
  if (type == FrameType::data) {
    take_data(piece);
    if (!over_ && boundary_.between_frames()) end_frame({});
  } else if (boundary_.between_frames() && payload_.empty()) {
    end_frame(piece);
  } else if (is_kept(type)) {
    payload_.append(piece);
    if (!boundary_.between_frames()) return;
    end_frame(payload_.view());
    payload_.clear();
  }
}

void Session::take_preface(std::string_view piece) {
  if (connection_preface.substr(preface_seen_, piece.size()) != piece)
    return fail(ConnectionProblem::not_http2, ErrorCode::protocol_error, 0, "the connection preface is not HTTP/2's");
  preface_seen_ += piece.size();
}

// What does not need the payload.
void Session::begin_frame() {
  const Frame& frame = boundary_.current();
  const bool is_settings = frame.type == FrameType::settings && (frame.flags & ack) == 0;
  if (!settings_received_ && !is_settings)
    return fail(ConnectionProblem::not_http2, ErrorCode::protocol_error, 0,
                fmt::format("the first frame is {} and not SETTINGS", to_string(frame.type)));
  check_floods();
  if (over_) return;
  const bool continues = frame.type == FrameType::continuation && frame.stream == block_stream_;
  if (block_stream_ != 0 && !continues) return fail_protocol("it stands within a field block");
  check_length();
  if (over_) return;
  const Place place = place_of(frame.type);
  if (place == Place::stream && frame.stream == 0) return fail_protocol("on stream 0");
  if (place == Place::connection && frame.stream != 0) return fail_protocol("on a stream");
  if (frame.type == FrameType::continuation && block_stream_ == 0)
    return fail_protocol("there is no field block to continue");
  if (frame.type == FrameType::push_promise) return fail_protocol("clients do not push");
  if (frame.type == FrameType::data) begin_data();
}

void Session::check_floods() {
  const Frame& frame = boundary_.current();
  const size_t length = boundary_.current_length();
  if (auto flood = flood_.frame(frame.type))
    return fail(*flood, ErrorCode::enhance_your_calm, frame.stream,
                fmt::format("more than {} frames in a row brought nothing, at last {}", options_.idle_frames,
                            to_string(frame.type)));
  continuations_ = frame.type == FrameType::continuation ? continuations_ + 1 : 0;
  if (continuations_ > options_.continuations)
    return fail(ConnectionProblem::continuation_flood, ErrorCode::enhance_your_calm, frame.stream,
                fmt::format("a field block in more than {} CONTINUATION frames", options_.continuations));
  if (frame.type == FrameType::push_promise && role_ == Role::client)
    return fail(ConnectionProblem::push_promise, ErrorCode::protocol_error, frame.stream,
                "the server pushes although SETTINGS_ENABLE_PUSH is 0 (RFC 9113 section 8.4)");
  if (frame.type == FrameType::settings && length / 6 > options_.settings_entries)
    return fail(ConnectionProblem::settings_flood, ErrorCode::enhance_your_calm, 0,
                fmt::format("SETTINGS with {} entries, more than {}", length / 6, options_.settings_entries));
}

void Session::check_length() {
  const Frame& frame = boundary_.current();
  const size_t length = boundary_.current_length();
  const std::optional<size_t> only = only_length(frame);
  const bool fits = length <= largest_frame && length >= least_length(frame) && (!only || length == *only) &&
                    (frame.type != FrameType::settings || length % 6 == 0);
  if (!fits)
    fail_frame(ConnectionProblem::frame_size_error, ErrorCode::frame_size_error, fmt::format("of {} bytes", length));
}

void Session::end_frame(std::string_view payload) {
  const Frame& header = boundary_.current();
  switch (header.type) {
    case FrameType::data:
      if (Stream* stream = find(header.stream); stream != nullptr && (header.flags & end_stream) != 0) end_message(*stream);
      return;
    case FrameType::headers:
      return take_headers(payload);
    case FrameType::priority:
      return take_priority(payload);
    case FrameType::rst_stream:
      return take_reset(payload);
    case FrameType::settings:
      return take_settings(payload);
    case FrameType::ping:
      if ((header.flags & ack) == 0) acknowledge(FrameType::ping, payload);
      return;
    case FrameType::goaway:
      return take_goaway(payload);
    case FrameType::window_update:
      return take_window_update(payload);
    case FrameType::continuation:
      return take_continuation(payload);
    case FrameType::altsvc:
    case FrameType::origin: {
      Frame frame = header;
      frame.payload = payload;
      return on_extension(frame);
    }
    case FrameType::push_promise:
      return;
  }
}

// ---- DATA

void Session::begin_data() {
  const Frame& frame = boundary_.current();
  const size_t length = boundary_.current_length();
  if (is_idle(frame.stream)) return fail_protocol("on a stream that was never opened");
  if (!receive_window_.admits(length))
    return fail_frame(ConnectionProblem::flow_control_error, ErrorCode::flow_control_error,
                      fmt::format("{} bytes, more than the connection's window has", length));
  receive_window_.take(length);
  drained_stream_ = frame.stream;
  data_left_.reset();
  if ((frame.flags & padded) == 0) data_left_ = length;
  Stream* const stream = find(frame.stream);
  if (stream == nullptr) return;
  if (stream->incoming == Stream::Incoming::over)
    return fail_frame(ConnectionProblem::stream_closed, ErrorCode::stream_closed, "behind END_STREAM");
  if (stream->receive_window.admits(length)) return stream->receive_window.take(length);
  reset_for(*stream, StreamProblem::flow_control_error, ErrorCode::flow_control_error,
            fmt::format("DATA of {} bytes, more than the stream's window has", length));
}

void Session::take_data(std::string_view piece) {
  if (!data_left_) {
    const size_t padding = static_cast<uint8_t>(piece.front());
    if (padding >= boundary_.current_length()) return fail_protocol("more padding than there are bytes");
    data_left_ = boundary_.current_length() - 1 - padding;
    // The length itself, and what it tells of.
    drained_ += 1 + padding;
    piece.remove_prefix(1);
  }
  const std::string_view data = piece.substr(0, *data_left_);
  *data_left_ -= data.size();
  if (!data.empty()) data_received(boundary_.current().stream, data);
}

void Session::data_received(StreamId id, std::string_view bytes) {
  Stream* const stream = find(id);
  if (stream == nullptr) {
    drained_ += bytes.size();
    return;
  }
  flood_.progress();
  if (stream->incoming == Stream::Incoming::head) {
    drained_ += bytes.size();
    return reset_for(*stream, StreamProblem::malformed_message, ErrorCode::protocol_error, "DATA before the head");
  }
  size_t wanted = bytes.size();
  if (stream->declared_length)
    wanted = static_cast<size_t>(std::min<uint64_t>(wanted, *stream->declared_length - stream->received_length));
  stream->received_length += wanted;
  if (wanted != 0) emit(BodyData{.stream = id, .bytes = bytes.substr(0, wanted)});
  if (wanted == bytes.size()) return;
  drained_ += bytes.size() - wanted;
  reset_for(*stream, StreamProblem::wrong_content_length, ErrorCode::protocol_error,
            fmt::format("more than the {} bytes of body that are allowed", *stream->declared_length));
}

// ---- the others

void Session::take_priority(std::string_view payload) {
  // RFC 7540 section 5.3.1; RFC 9113 deprecates all else that it says.
  if ((read_number(payload, 4) & 0x7fffffff) == static_cast<uint32_t>(boundary_.current().stream))
    fail_protocol("a stream depends on itself");
}

void Session::take_reset(std::string_view payload) {
  const StreamId id = boundary_.current().stream;
  if (is_idle(id)) return fail_protocol("on a stream that was never opened");
  Stream* const stream = find(id);
  if (stream == nullptr) return;
  count_reset(id);
  const bool is_told = !is_answered(*stream);
  erase(*stream);
  if (!is_told) return;
  emit(StreamReset{.stream = id,
                   .problem = StreamProblem::reset_by_peer,
                   .code = static_cast<ErrorCode>(read_number(payload, 4)),
                   .sentence = {}});
}

void Session::acknowledge(FrameType type, std::string_view payload) {
  sender_.put_acknowledgement(type, payload);
  if (sender_.unread_answers() > options_.unread_answers)
    fail(ConnectionProblem::unread_answers, ErrorCode::enhance_your_calm, 0,
         "the peer asks for acknowledgements and does not read them");
}

void Session::take_settings(std::string_view payload) {
  if ((boundary_.current().flags & ack) != 0) return settings_acknowledged();
  std::vector<Setting> settings = read_settings_payload(payload).value_or(std::vector<Setting>());
  for (const Setting& setting : settings) {
    take_setting(setting);
    if (over_) return;
  }
  settings_received_ = true;
  acknowledge(FrameType::settings, {});
  using ConnectProtocol = SettingsReceived::ConnectProtocol;
  emit(SettingsReceived{
      .received = std::move(settings),
      .max_concurrent_streams = peer_.max_concurrent_streams,
      .initial_window_size = peer_.initial_window_size,
      .max_frame_size = peer_.max_frame_size,
      .max_header_list_size = peer_.max_header_list_size,
      .connect_protocol = peer_.connect_protocol ? ConnectProtocol::enabled : ConnectProtocol::disabled});
}

void Session::take_setting(const Setting& setting) {
  const uint32_t window_before = peer_.initial_window_size;
  using Sender = PeerSettings::Sender;
  if (const auto problem = peer_.take(setting, role_ == Role::client ? Sender::server : Sender::client))
    return fail_frame(problem->problem, problem->code, problem->sentence);
  if (setting.id == setting::header_table_size) sender_.limit_table(setting.value);
  if (peer_.initial_window_size == window_before) return;
  const int64_t change = int64_t{peer_.initial_window_size} - window_before;
  bool fits = true;
  streams_.for_each([&](Stream& stream) {
    stream.send_window += change;
    fits &= stream.send_window <= largest_window;
    sender_.offer(stream);
  });
  if (!fits)
    fail_frame(ConnectionProblem::flow_control_error, ErrorCode::flow_control_error,
               "a stream's window would be above 2^31-1");
}

void Session::settings_acknowledged() {
  if (settings_acknowledged_) return fail_protocol("an acknowledgement of nothing");
  settings_acknowledged_ = true;
  stream_receive_window_ = options_.stream_window;
  streams_.for_each([&](Stream& stream) {
    stream.receive_window.resize(stream_receive_window_);
    // What was used up of a larger window may be all that the peer has of this one.
    if (stream.incoming == Stream::Incoming::over) return;
    if (const uint32_t told = stream.receive_window.give_back(0)) sender_.put_window_update(stream.id, told);
  });
}

void Session::take_goaway(std::string_view payload) {
  const GoAwayPayload goaway = *read_goaway_payload(payload);
  const bool is_ours = goaway.last_stream == 0 || (goaway.last_stream % 2 == 1) == (role_ == Role::client);
  if (!is_ours && goaway.last_stream != INT32_MAX) return fail_protocol("its last stream is none of ours");
  if (goaway.last_stream > last_named_) return fail_protocol("its last stream is above the one before");
  last_named_ = goaway.last_stream;
  peer_going_away_ = true;
  emit(GoAway{.last_stream = goaway.last_stream,
              .code = goaway.code,
              .debug_data = std::string(goaway.debug_data.substr(0, options_.debug_data_bytes))});
  if (role_ == Role::server) return;
  std::vector<Stream*> refused;
  streams_.for_each([&](Stream& stream) {
    if (stream.id > last_named_ || stream.opening != nullptr) refused.push_back(&stream);
  });
  std::ranges::sort(refused, {}, &Stream::id);
  for (Stream* const stream : refused) {
    if (!is_answered(*stream))
      emit(StreamReset{.stream = stream->id,
                       .problem = StreamProblem::refused_by_goaway,
                       .code = ErrorCode::refused_stream,
                       .sentence = {}});
    erase(*stream);
  }
}

void Session::take_window_update(std::string_view payload) {
  const StreamId id = boundary_.current().stream;
  const uint32_t increment = read_number(payload, 4) & 0x7fffffff;
  if (id == 0) {
    if (increment == 0) return fail_protocol("of 0");
    if (sender_.widen(increment) == FrameSender::Window::overflows)
      fail_frame(ConnectionProblem::flow_control_error, ErrorCode::flow_control_error,
                 "the connection's window would be above 2^31-1");
    return;
  }
  if (is_idle(id)) return fail_protocol("on a stream that was never opened");
  Stream* const stream = find(id);
  if (stream == nullptr) return;
  if (increment == 0)
    return reset_for(*stream, StreamProblem::stream_error, ErrorCode::protocol_error, "WINDOW_UPDATE of 0");
  stream->send_window += increment;
  if (stream->send_window > largest_window)
    return reset_for(*stream, StreamProblem::flow_control_error, ErrorCode::flow_control_error,
                     "the stream's window would be above 2^31-1");
  sender_.offer(*stream);
}

}  // namespace astray::http2
