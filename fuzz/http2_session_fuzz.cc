// First byte: how requests are answered. The rest makes frames that a client sends (http2_script.h), which
// our server and nghttp2's are given one by one; both answer alike. They must tell the same of each frame:
// heads, data, trailers, ends, resets and the error that ends the connection; and send the same
// acknowledgements, resets and window updates, and as much of each response. Where each frame comes in small
// pieces, ours must do the very same. Window updates of requests that are complete, which nghttp2 sends, are
// left out.
//
// Not compared, since each is right in its own way, or nghttp2 (1.52) is not; the input ends before, or with:
//   * WINDOW_UPDATE of 0 on a stream: an error of the stream for us (RFC 9113 section 6.9), of the connection
//     for nghttp2;
//   * GOAWAY with 2^31-1, which any end may mean as "all of them" for us;
//   * what comes behind GOAWAY when no stream is open: nghttp2 reads no more;
//   * SETTINGS that name one twice: each value counts for us (RFC 9113 section 6.5.3), the last one for
//     nghttp2; and SETTINGS_NO_RFC7540_PRIORITIES, which nghttp2 holds to its first value;
//   * SETTINGS that push a stream's window beyond 2^31-1: an error of the connection for us (RFC 9113
//     section 6.9.2), of that stream for nghttp2;
//   * HEADERS that break a rule and do not end their block: nghttp2 says so at once, we when it is complete;
//   * HEADERS on a stream that depends on itself: nghttp2 minds it in a request's head, and not in trailers;
//   * padded DATA or HEADERS without room for what stands ahead of their data: FRAME_SIZE_ERROR for us (RFC
//   9113
//     section 4.2), PROTOCOL_ERROR for nghttp2; and DATA with more padding than it has bytes on a stream that
//     is closed, which nghttp2 does not look at;
//   * a frame of a wrong length that also stands on a stream where its type never does, or that nobody
//     opened: both ends fail, and each may name either;
//   * a block in which a table size is updated more than twice (RFC 7541 section 4.2), an error for us;
//   * content-length, and names and values of trailers: nghttp2 is told not to look at them, and
//     message_rules_test.cc does; bad trailers that end a request which is answered: what nghttp2 is told to
//     reset is closed already;
//   * our limits on floods and on field blocks (http2/options.h), whose error code is ENHANCE_YOUR_CALM;
//   * what is sent ahead of GOAWAY with an error, and behind DATA for which a stream had no window: nghttp2
//   does
//     not give it back to the connection.
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "http2/frame_payloads.h"
#include "http2/frame_reader.h"
#include "http2/server.h"
#include "http2_own_server.h"
#include "http2_script.h"

using namespace astray;
using namespace astray::http2;
using namespace astray::http2::fuzzing;

namespace {

// ---- nghttp2's

/// What of a request's trailers both are sure about.
enum class Trust : uint8_t { good, bad, unsure };
Trust trust_in(const Fields& trailers) {
  Trust trust = Trust::good;
  for (const Field line : trailers) {
    if (line.name.starts_with(':')) return trust == Trust::good ? Trust::bad : trust;
    const bool is_plain = (line.name == "x" || line.name == "via" || line.name == "grpc-status") &&
                          std::all_of(line.value.begin(), line.value.end(), [](char c) { return c > ' '; });
    if (!is_plain) trust = Trust::unsure;
  }
  return trust;
}

class Library {
 public:
  explicit Library(uint8_t choice) : choice_(choice) {
    nghttp2_session_callbacks* callbacks = nullptr;
    CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
    nghttp2_option* option = nullptr;
    CHECK(nghttp2_option_new(&option) == 0);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_http_messaging(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_outbound_ack(option, 1000000);
    nghttp2_option_set_max_settings(option, SIZE_MAX);
    nghttp2_option_set_max_continuations(option, SIZE_MAX);
    nghttp2_option_set_stream_reset_rate_limit(option, UINT64_MAX, UINT64_MAX);
    CHECK(nghttp2_session_server_new2(&session_, callbacks, this, option) == 0);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, concurrent_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 65536},
    };
    CHECK(nghttp2_submit_settings(session_, 0, settings, std::size(settings)) == 0);
  }
  ~Library() { nghttp2_session_del(session_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  /// Nothing: the two need not agree from here on.
  std::optional<Step> give(std::string_view frames) {
    step_ = {};
    const auto* bytes = reinterpret_cast<const uint8_t*>(frames.data());
    const ssize_t used = nghttp2_session_mem_recv(session_, bytes, frames.size());
    if (used < 0) step_.failure = ErrorCode::protocol_error;
    std::string sent;
    const uint8_t* some = nullptr;
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &some)) > 0;)
      sent.append(reinterpret_cast<const char*>(some), static_cast<size_t>(size));
    read_sent(sent, step_, complete_);
    if (is_unsure_) return std::nullopt;
    return step_;
  }

  /// DATA came for which its stream had no window.
  bool is_overrun() const { return is_overrun_; }
  bool is_open(StreamId id) const { return open_.contains(id); }
  /// The client said goodbye, and nothing is under way: it reads no more.
  bool is_done() const { return nghttp2_session_want_read(session_) == 0; }

 private:
  static Library& self(void* user) { return *static_cast<Library*>(user); }

  /// Its window is looked at before the payload, whose pieces are told of one by one.
  static int begin_frame(nghttp2_session* session, const nghttp2_frame_hd* frame, void* user) {
    Library& own = self(user);
    if (frame->type != NGHTTP2_DATA || !own.is_open(frame->stream_id)) return 0;
    if (static_cast<int64_t>(frame->length) <=
        nghttp2_session_get_stream_local_window_size(session, frame->stream_id))
      return 0;
    if (static_cast<int64_t>(frame->length) > nghttp2_session_get_local_window_size(session)) return 0;
    own.reset(frame->stream_id, NGHTTP2_FLOW_CONTROL_ERROR);
    own.is_overrun_ = true;
    return 0;
  }
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    self(user).fields_.clear();
    return frame->hd.type == NGHTTP2_HEADERS ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  static int header(nghttp2_session*, const nghttp2_frame*, const uint8_t* name, size_t name_size,
                    const uint8_t* value, size_t value_size, uint8_t, void* user) {
    self(user).fields_.emplace_back({reinterpret_cast<const char*>(name), name_size},
                                    {reinterpret_cast<const char*>(value), value_size});
    return 0;
  }
  static int data_chunk(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* bytes, size_t size,
                        void* user) {
    CHECK(nghttp2_session_consume(session, id, size) == 0);
    Library& own = self(user);
    if (own.is_open(id))
      test::record(own.step_.told, Event(BodyData{id, {reinterpret_cast<const char*>(bytes), size}}));
    return 0;
  }
  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Library& own = self(user);
    const StreamId id = frame->hd.stream_id;
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_RST_STREAM && own.open_.erase(id) != 0)
      own.step_.told.push_back(fmt::format("{} reset {}", id, frame->rst_stream.error_code));
    if (frame->hd.type == NGHTTP2_HEADERS)
      own.block_received(id, frame->headers.cat == NGHTTP2_HCAT_REQUEST, ends);
    if (frame->hd.type == NGHTTP2_DATA && ends) own.ended(id);
    return 0;
  }
  static int stream_closed(nghttp2_session*, int32_t id, uint32_t code, void* user) {
    Library& own = self(user);
    if (own.open_.erase(id) != 0 && code != 0) own.step_.told.push_back(fmt::format("{} reset {}", id, code));
    return 0;
  }
  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY)
      self(user).step_.failure = static_cast<ErrorCode>(frame->goaway.error_code);
    return 0;
  }

  void block_received(StreamId id, bool is_request, bool ends) {
    if (first_value(fields_, "content-length")) is_unsure_ = true;
    if (is_request) {
      open_.insert(id);
      step_.told.push_back(line_of(id, "head", fields_));
      answer(id, true);
      return ends ? ended(id) : void();
    }
    if (!is_open(id)) return;
    const Trust trust = trust_in(fields_);
    if (trust == Trust::unsure || (trust == Trust::bad && left_.contains(id))) is_unsure_ = true;
    if (!ends || trust == Trust::bad) return reset(id, NGHTTP2_PROTOCOL_ERROR);
    step_.told.push_back(line_of(id, "trailers", fields_));
    ended(id);
  }
  void ended(StreamId id) {
    complete_.insert(id);
    if (!is_open(id)) return;
    step_.told.push_back(fmt::format("{} end", id));
    answer(id, false);
  }
  void reset(StreamId id, uint32_t code) {
    if (open_.erase(id) == 0) return;
    step_.told.push_back(fmt::format("{} reset {}", id, code));
    CHECK(nghttp2_submit_rst_stream(session_, 0, id, code) == 0);
  }
  void answer(StreamId id, bool is_early) {
    const Plan plan = plan_of(choice_, id);
    if (is_early != (plan == Plan::early_head || plan == Plan::early_body || plan == Plan::reset)) return;
    if (plan == Plan::no_answer) return;
    if (plan == Plan::reset) {
      open_.erase(id);
      CHECK(nghttp2_submit_rst_stream(session_, 0, id, NGHTTP2_CANCEL) == 0);
      return;
    }
    nghttp2_nv status = line(":status", "200");
    nghttp2_data_provider provider{};
    provider.read_callback = read_body;
    left_[id] = plan == Plan::head || plan == Plan::early_head ? 0 : body_of(id).size();
    const bool has_body = left_[id] != 0 || plan == Plan::trailers;
    CHECK(nghttp2_submit_response(session_, id, &status, 1, has_body ? &provider : nullptr) == 0);
  }
  static nghttp2_nv line(std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view text) {
      return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
    };
    return {bytes(name), bytes(value), name.size(), value.size(), 0};
  }
  static ssize_t read_body(nghttp2_session* session, int32_t id, uint8_t* to, size_t room, uint32_t* flags,
                           nghttp2_data_source*, void* user) {
    Library& own = self(user);
    size_t& left = own.left_[id];
    const size_t size = std::min(room, left);
    std::fill_n(to, size, 'r');
    left -= size;
    if (left != 0) return static_cast<ssize_t>(size);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (plan_of(own.choice_, id) != Plan::trailers) return static_cast<ssize_t>(size);
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const nghttp2_nv trailer = line("x", "y");
    CHECK(nghttp2_submit_trailer(session, id, &trailer, 1) == 0);
    return static_cast<ssize_t>(size);
  }

  uint8_t choice_;
  nghttp2_session* session_ = nullptr;
  Step step_;
  Fields fields_;  ///< of the block at hand
  std::set<StreamId> open_;
  std::set<StreamId> complete_;      ///< requests
  std::map<StreamId, size_t> left_;  ///< of responses' bodies
  bool is_unsure_ = false;
  bool is_overrun_ = false;
};

bool is_misplaced(std::string_view frames, const Script& script) {
  FrameReader reader;
  reader.receive(frames);
  const auto frame = reader.next_frame();
  if (!frame) return false;
  if (frame->type == FrameType::push_promise) return true;
  const bool is_of_connection = frame->type == FrameType::settings || frame->type == FrameType::ping ||
                                frame->type == FrameType::goaway;
  return is_of_connection == (frame->stream != 0) || !script.has_opened(frame->stream);
}

bool depends_on_itself(const Frame& headers) {
  const size_t at = (headers.flags & padded) != 0 ? 1 : 0;
  return (headers.flags & priority) != 0 && headers.payload.size() >= at + 4 &&
         (read_number(headers.payload.substr(at), 4) & 0x7fffffff) == static_cast<uint32_t>(headers.stream);
}

bool is_ours_alone(std::string_view frames, ErrorCode error) {
  FrameReader reader;
  reader.receive(frames);
  const auto frame = reader.next_frame();
  if (!frame) return false;
  if (error == ErrorCode::flow_control_error) return frame->type == FrameType::settings;
  const auto may_update_table = [](char c) { return c >= 0x20 && c < 0x40; };
  return error == ErrorCode::compression_error &&
         std::count_if(frames.begin(), frames.end(), may_update_table) > 2;
}

bool names_one_twice(const std::vector<Setting>& settings) {
  std::set<uint16_t> ids{setting::no_rfc7540_priorities};
  return !std::all_of(settings.begin(), settings.end(),
                      [&](const Setting& setting) { return ids.insert(setting.id).second; });
}

bool is_padded_too_much(const Frame& data) {
  return (data.flags & padded) != 0 && !data.payload.empty() &&
         static_cast<uint8_t>(data.payload.front()) >= data.payload.size();
}
bool is_padded_and_short(const Frame& frame) {
  const bool has_priority = frame.type == FrameType::headers && (frame.flags & priority) != 0;
  return (frame.flags & padded) != 0 && frame.payload.size() < (has_priority ? 6 : 1);
}

bool may_differ(std::string_view frames, const Library& library) {
  FrameReader reader;
  reader.receive(frames.starts_with(connection_preface) ? frames.substr(connection_preface.size()) : frames);
  const auto frame = reader.next_frame();
  if (!frame) return false;
  const std::string_view payload = frame->payload;
  switch (frame->type) {
    case FrameType::data:
      return is_padded_and_short(*frame) || (is_padded_too_much(*frame) && !library.is_open(frame->stream));
    case FrameType::window_update:
      return frame->stream != 0 && payload.size() == 4 && (read_number(payload, 4) & 0x7fffffff) == 0;
    case FrameType::goaway:
      return payload.size() >= 4 && (read_number(payload, 4) & 0x7fffffff) == INT32_MAX;
    case FrameType::settings:
      return names_one_twice(read_settings_payload(payload).value_or(std::vector<Setting>()));
    case FrameType::headers:
      return ((frame->flags & end_headers) == 0 && reader.unread() == 0) || depends_on_itself(*frame) ||
             is_padded_and_short(*frame);
    default:
      return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > 4096) return 0;
  const uint8_t choice = data[0];
  Script script({reinterpret_cast<const char*>(data) + 1, size - 1});
  OwnServer whole(choice, SIZE_MAX);
  OwnServer pieces(choice, 1 + choice % 13U);
  Library library(choice);
  // As much of the connection's window as there is: which stream gets it first is each end's own affair.
  std::string frames =
      RawFrames().preface().put_bytes(script.settings().bytes()).window_update(0, 0x7fff0000).bytes();
  for (;; frames = script.next_frames()) {
    if (may_differ(frames, library)) return 0;
    const Step own = whole.give(frames);
    CHECK(own == pieces.give(frames));
    if (own.failure == ErrorCode::enhance_your_calm) return 0;
    const std::optional<Step> expected = library.give(frames);
    if (!expected) return 0;
    if (own.failure && !expected->failure) {
      CHECK(is_ours_alone(frames, *own.failure));
      return 0;
    }
    CHECK(own.failure.has_value() == expected->failure.has_value());
    const bool about_length =
        own.failure == ErrorCode::frame_size_error || expected->failure == ErrorCode::frame_size_error;
    if (own.failure != expected->failure) {
      CHECK(about_length && is_misplaced(frames, script));
      return 0;
    }
    CHECK(own.told == expected->told);
    if (own.failure || library.is_overrun()) return 0;
    CHECK(own.sent == expected->sent);
    CHECK(own.bodies == expected->bodies);
    CHECK(own.ended == expected->ended);
    if (script.empty() || library.is_done()) return 0;
  }
}
