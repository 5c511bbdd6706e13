#include "http2/session_callbacks.h"

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>

#include "base/check.h"
#include "http2/frame.h"
#include "http2/frame_payloads.h"
#include "http2/session.h"

namespace astray::http2 {
namespace {

std::string_view text_of(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Of a field block, with room for what its receiver adds.
constexpr size_t usual_lines = 16;
constexpr size_t usual_bytes = 480;

std::string_view text_of(nghttp2_rcbuf* buffer) {
  nghttp2_vec view = nghttp2_rcbuf_get_buf(buffer);
  return text_of(view.base, view.len);
}

}  // namespace

// Members of a friend's nested class see Session's private parts.
struct SessionCallbacks::Functions {
  static Session& self(void* user_data) { return *static_cast<Session*>(user_data); }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    Session& session = self(user_data);
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) session.streams_.try_emplace(frame->hd.stream_id);
    if (Stream* stream = session.find(frame->hd.stream_id)) {
      stream->block.clear();
      stream->block.reserve(usual_lines, usual_bytes);
      stream->block_bytes = 0;
      stream->block_fields = 0;
      stream->block_too_large = false;
    }
    return 0;
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name, nghttp2_rcbuf* value,
                    uint8_t, void* user_data) {
    Session& session = self(user_data);
    if (session.over_) return NGHTTP2_ERR_CALLBACK_FAILURE;
    Stream* stream = session.find(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    std::string_view name_text = text_of(name);
    std::string_view value_text = text_of(value);
    stream->block_bytes += name_text.size() + value_text.size() + 32;
    stream->block_fields += 1;

    const Options& options = session.options_;
    // A server hands up what is a little too large, so that it can be answered.
    size_t patience = session.role_ == Role::server ? 4 : 1;
    if (stream->block_bytes > options.header_list_bytes * patience ||
        stream->block_fields > options.header_fields * patience) {
      session.fail(ConnectionProblem::header_list_too_large, ErrorCode::enhance_your_calm,
                   frame->hd.stream_id,
                   fmt::format("a field block with more than {} bytes or {} fields",
                               options.header_list_bytes * patience, options.header_fields * patience));
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    if (stream->block_bytes > options.header_list_bytes || stream->block_fields > options.header_fields)
      stream->block_too_large = true;
    if (stream->silent || stream->block_too_large) return 0;
    stream->block.emplace_back(name_text, value_text);
    return 0;
  }

  static int frame_received(nghttp2_session* library, const nghttp2_frame* frame, void* user_data) {
    Session& session = self(user_data);
    StreamId id = frame->hd.stream_id;
    Ending ending =
        (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 ? Ending::end_of_stream : Ending::more_follows;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        if (Stream* stream = session.find(id); stream != nullptr && !stream->silent)
          session.on_block(id, *stream, std::move(stream->block), ending);
        break;
      case NGHTTP2_DATA:
        if (Stream* stream = session.find(id);
            ending == Ending::end_of_stream && stream != nullptr && !stream->silent)
          session.end_message(id, *stream);
        break;
      case NGHTTP2_RST_STREAM:
        stream_reset(session, id, frame->rst_stream.error_code);
        break;
      case NGHTTP2_SETTINGS:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
          session.settings_acknowledged_ = true;
        } else {
          settings_received(session, library);
        }
        break;
      case NGHTTP2_GOAWAY: {
        session.peer_going_away_ = true;
        std::string_view debug = text_of(frame->goaway.opaque_data, frame->goaway.opaque_data_len);
        session.emit(GoAway{.last_stream = frame->goaway.last_stream_id,
                            .code = static_cast<ErrorCode>(frame->goaway.error_code),
                            .debug_data = std::string(debug.substr(0, session.options_.debug_data_bytes))});
        break;
      }
      default:
        break;
    }
    return 0;
  }

  static void stream_reset(Session& session, StreamId id, uint32_t code) {
    Stream* stream = session.find(id);
    if (stream == nullptr) return;
    session.count_reset(id);
    bool response_complete = session.role_ == Role::client && stream->incoming == Stream::Incoming::over;
    if (stream->silent || response_complete) return;
    stream->silent = true;
    session.emit(StreamReset{.stream = id,
                             .problem = StreamProblem::reset_by_peer,
                             .code = static_cast<ErrorCode>(code),
                             .sentence = {}});
  }

  static void settings_received(Session& session, nghttp2_session* library) {
    session.settings_received_ = true;
    auto value = [&](nghttp2_settings_id id) { return nghttp2_session_get_remote_settings(library, id); };
    using ConnectProtocol = SettingsReceived::ConnectProtocol;
    session.emit(
        SettingsReceived{.received = read_settings_payload(session.payload_).value_or(std::vector<Setting>()),
                         .max_concurrent_streams = value(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS),
                         .initial_window_size = value(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE),
                         .max_frame_size = value(NGHTTP2_SETTINGS_MAX_FRAME_SIZE),
                         .max_header_list_size = value(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE),
                         .connect_protocol = value(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) != 0
                                                 ? ConnectProtocol::enabled
                                                 : ConnectProtocol::disabled});
  }

  static int data_chunk(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t size,
                        void* user_data) {
    self(user_data).data_received(id, text_of(bytes, size));
    return 0;
  }

  static int stream_closed(nghttp2_session*, int32_t id, uint32_t code, void* user_data) {
    self(user_data).stream_closed(id, code);
    return 0;
  }

  static int send_data(nghttp2_session*, nghttp2_frame*, const uint8_t* header, size_t length,
                       nghttp2_data_source* source, void* user_data) {
    Session& session = self(user_data);
    if (session.output_is_full()) return NGHTTP2_ERR_WOULDBLOCK;
    auto& stream = *static_cast<Stream*>(source->ptr);
    session.put(text_of(header, frame_header_bytes));
    session.put(stream.body.view().substr(stream.body_at, length));
    stream.body_at += length;
    if (stream.body_at < stream.body.size()) return 0;
    stream.body.release();
    stream.body_at = 0;
    return 0;
  }

  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    Session& session = self(user_data);
    if (frame->hd.type == NGHTTP2_DATA && frame->hd.length != 0) session.flood_.progress();
    // Our own with an error do not pass through nghttp2.
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR)
      session.terminated_by_library(frame->goaway.error_code,
                                    text_of(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
    return 0;
  }

  static int frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* user_data) {
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
      self(user_data).stream_closed(frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
    return 0;
  }

  static int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int code, void* user_data) {
    self(user_data).library_sentence_ = fmt::format(
        "{} frame: {}", to_string(static_cast<FrameType>(frame->hd.type)), nghttp2_strerror(code));
    return 0;
  }

  static int error(nghttp2_session*, int code, const char* message, size_t size, void* user_data) {
    Session& session = self(user_data);
    session.library_sentence_.assign(message, size);
    if (code == NGHTTP2_ERR_SETTINGS_EXPECTED) session.not_http2_ = true;
    return 0;
  }
};

nghttp2_session* SessionCallbacks::open(Session& session) {
  nghttp2_session_callbacks* callbacks = nullptr;
  CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Functions::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback2(callbacks, Functions::header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Functions::frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Functions::data_chunk);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Functions::stream_closed);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, Functions::send_data);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Functions::frame_sent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, Functions::frame_not_sent);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, Functions::invalid_frame);
  nghttp2_session_callbacks_set_error_callback2(callbacks, Functions::error);

  const Options& options = session.options_;
  nghttp2_option* option = nullptr;
  CHECK(nghttp2_option_new(&option) == 0);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_http_messaging(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_peer_max_concurrent_streams(option, options.concurrent_streams);
  nghttp2_option_set_max_send_header_block_length(option, size_t{2} * 1024 * 1024);
  nghttp2_option_set_max_outbound_ack(option, options.unread_answers);
  // These two are checked before nghttp2 sees the frame.
  nghttp2_option_set_max_settings(option, SIZE_MAX);
  nghttp2_option_set_max_continuations(option, SIZE_MAX);
  // FloodGuard counts resets: nghttp2's counter reads the clock.
  nghttp2_option_set_stream_reset_rate_limit(option, UINT64_MAX, UINT64_MAX);

  nghttp2_session* library = nullptr;
  auto create = session.role_ == Role::client ? nghttp2_session_client_new3 : nghttp2_session_server_new3;
  nghttp2_mem memory{&session.memory_, LibraryMemory::take, LibraryMemory::give, LibraryMemory::take_cleared,
                     LibraryMemory::change};
  CHECK(create(&library, callbacks, &session, option, &memory) == 0);
  session.memory_.end_making();
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  return library;
}

}  // namespace astray::http2
