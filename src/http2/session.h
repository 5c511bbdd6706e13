#pragma once
// What both ends of a connection have in common: nghttp2's session, fed one frame at a time. Internal to
// http2/.
#include <forward_list>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/blocks.h"
#include "base/byte_block.h"
#include "base/fifo.h"
#include "base/monotonic_time.h"
#include "base/result.h"
#include "http2/event.h"
#include "http2/flood_guard.h"
#include "http2/frame_boundary.h"
#include "http2/library_memory.h"
#include "http2/options.h"

struct nghttp2_session;

namespace astray::http2 {

using AnyEvent = std::variant<SettingsReceived, InformationalHead, ResponseHead, RequestHead, BodyData,
                              Trailers, ResponseEnd, RequestEnd, StreamReset, GoAway, OriginFrame,
                              AltSvcFrame, ConnectionFailure, ConnectionEnd>;

enum class Role : uint8_t { client, server };
enum class Ending : uint8_t { more_follows, end_of_stream };
using CommandResult = Result<void, CommandError>;

constexpr size_t largest_frame = 16384;  ///< bytes of payload; SETTINGS_MAX_FRAME_SIZE is not raised

/// A stream as this end sees it.
struct Stream {
  // Coming in.
  enum class Incoming : uint8_t { head, body, over } incoming = Incoming::head;
  Fields block;  ///< the field block that is being received
  size_t block_bytes = 0;
  size_t block_fields = 0;
  bool block_too_large = false;
  bool silent = false;  ///< reset: no more events
  size_t informational_heads = 0;
  std::optional<uint64_t> declared_length;
  uint64_t received_length = 0;
  // Going out.
  enum class Outgoing : uint8_t { head, body, over } outgoing = Outgoing::head;
  std::string method;       ///< of our request
  std::forward_list<Fields, BlockAllocator<Fields>> sent;  ///< nghttp2 points into these until the stream is closed
  ByteBlock body;
  size_t body_at = 0;          ///< what is before it has been handed to nghttp2
  Fields* trailers = nullptr;  ///< in `sent`; to be submitted behind the body
};

using Streams = std::unordered_map<StreamId, Stream, std::hash<StreamId>, std::equal_to<>,
                                   BlockAllocator<std::pair<const StreamId, Stream>>>;

class Session {
 public:
  Session(Role role, const Options& options, MonotonicTime now);
  virtual ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void receive(std::string_view bytes);
  void receive_end();
  std::optional<AnyEvent> next_event();
  size_t write_to(std::span<char> buffer);
  std::optional<MonotonicTime> deadline() const;
  void on_deadline(MonotonicTime now);

  Result<StreamId, CommandError> request(Fields fields, std::string_view body, Then then);
  CommandResult informational(StreamId id, Fields fields);
  CommandResult respond(StreamId id, Fields fields, std::string_view body, Then then);
  CommandResult send_body(StreamId id, std::string_view bytes, Then then);
  CommandResult send_trailers(StreamId id, Fields fields);
  size_t unsent_body(StreamId id) const;
  void consume(StreamId id, size_t bytes);
  CommandResult reset(StreamId id, ErrorCode code);
  CommandResult origin(const std::vector<std::string>& origins);
  CommandResult alternative_service(StreamId id, std::string_view origin, std::string_view value);
  void go_away(ErrorCode code);
  size_t streams_available() const;
  size_t streams_open() const { return streams_.size(); }

 protected:
  // The role's part: what a whole field block, the end of a message, or an extension frame means.
  virtual void on_block(StreamId id, Stream& stream, Fields fields, Ending ending) = 0;
  virtual void on_message_end(StreamId id) = 0;
  virtual void on_extension(const Frame& frame) = 0;

  const Options& options() const { return options_; }
  void emit(AnyEvent event);
  /// A head, trailers or data: counts against floods.
  void progress() { flood_.progress(); }
  /// The end of the incoming message, after its last block or data.
  void end_message(StreamId id, Stream& stream);
  /// RST_STREAM for an error of the peer's, and the event.
  void reset_for(StreamId id, Stream& stream, StreamProblem problem, ErrorCode code, std::string sentence);
  /// The connection is over: the event, and a GOAWAY of ours.
  void fail(ConnectionProblem problem, ErrorCode code, StreamId id, std::string sentence);

 private:
  friend struct SessionCallbacks;

  static constexpr size_t stage_limit = 64 * 1024;

  void submit_settings();
  void feed();
  void check_header();
  void check_window();
  void after_frame();
  void finish_input();
  void credit_drained();
  void stage();
  bool output_is_full() const;
  void put(std::string_view bytes);
  size_t take_staged(std::span<char> buffer);
  void release_idle_memory();
  void failed_by_library(int code);
  void terminated_by_library(uint32_t code, std::string_view reason);
  void data_received(StreamId id, std::string_view bytes);
  void stream_closed(StreamId id, uint32_t code);
  void count_reset(StreamId id);
  Result<Stream*, CommandError> open_for_sending(StreamId id, Stream::Outgoing expected);
  Stream* find(StreamId id);
  void forget(Streams::iterator stream);

  Role role_;
  Options options_;
  LibraryMemory memory_;  // before the session: it goes after it
  nghttp2_session* session_ = nullptr;
  Streams streams_;
  std::pair<StreamId, Stream*> last_found_{};  ///< each field of a block asks for the same
  Fifo<AnyEvent> events_;
  bool over_ = false;
  bool failed_here_ = false;  ///< over, and the GOAWAY is ours, not nghttp2's

  std::string_view input_;
  enum class Input : uint8_t { open, ended } input_state_ = Input::open;
  FrameBoundary boundary_;
  FloodGuard flood_;
  size_t continuations_ = 0;      ///< in a row
  std::string payload_;           ///< of the frame at hand, if it is one that is read here
  std::string library_sentence_;  ///< nghttp2's words about the frame at hand
  bool not_http2_ = false;        ///< nghttp2 saw something else than SETTINGS first

  // Body bytes of the frame at hand that the caller has drained: given back to the peer's windows when the
  // frame is complete, so that pieces make no difference.
  StreamId drained_stream_ = 0;
  size_t drained_ = 0;
  size_t shown_ = 0;  ///< in the BodyData that the caller is looking at

  std::string staged_;  ///< taken from nghttp2, not yet written
  size_t staged_at_ = 0;
  std::span<char> target_;                 ///< where the caller of write_to() still has room

  MonotonicTime settings_deadline_;
  MonotonicTime flood_forgotten_;
  bool settings_received_ = false;
  bool settings_acknowledged_ = false;
  bool going_away_ = false;  ///< we sent GOAWAY
  bool peer_going_away_ = false;
};

/// `Event` has those of AnyEvent's alternatives that its role emits.
template <typename Event>
std::optional<Event> narrowed(std::optional<AnyEvent> event) {
  if (!event) return std::nullopt;
  return std::visit(
      [](auto&& alternative) -> std::optional<Event> {
        if constexpr (std::is_constructible_v<Event, decltype(alternative)>)
          return Event(std::move(alternative));
        return std::nullopt;
      },
      std::move(*event));
}

}  // namespace astray::http2
