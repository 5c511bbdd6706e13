#pragma once
// What both ends of a connection have in common (RFC 9113). Internal to http2/.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_block.h"
#include "base/fifo.h"
#include "base/monotonic_time.h"
#include "base/result.h"
#include "http2/event.h"
#include "http2/flood_guard.h"
#include "http2/frame_boundary.h"
#include "http2/frame_sender.h"
#include "http2/hpack/decoder.h"
#include "http2/options.h"
#include "http2/peer_settings.h"
#include "http2/receive_window.h"
#include "http2/stream.h"

namespace astray::http2 {

enum class Role : uint8_t { client, server };
enum class Ending : uint8_t { more_follows, end_of_stream };
using CommandResult = Result<void, CommandError>;

class Session : FrameSender::Listener {
 public:
  Session(Role role, const Options& options, MonotonicTime now);
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void receive(std::string_view bytes);
  void receive_end();
  std::optional<Event> next_event();
  size_t write_to(std::span<char> buffer);
  std::optional<MonotonicTime> deadline() const;
  void on_deadline(MonotonicTime now);

  Result<StreamId, CommandError> request(Fields fields, std::string_view body, Then then);
  CommandResult informational(StreamId id, const Fields& fields);
  CommandResult respond(StreamId id, const HeadLines& lines, std::string_view body, Then then);
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
  virtual void on_block(Stream& stream, Fields fields, Ending ending) = 0;
  virtual void on_message_end(StreamId id) = 0;
  virtual void on_extension(const Frame& frame) = 0;

  const Options& options() const { return options_; }
  void emit(Event event);
  /// A head, trailers or data: counts against floods.
  void progress() { flood_.progress(); }
  /// The end of the incoming message, after its last block or data. The stream may be gone then.
  void end_message(Stream& stream);
  /// RST_STREAM for an error of the peer's, and the event. The stream is gone then.
  void reset_for(Stream& stream, StreamProblem problem, ErrorCode code, std::string sentence);
  /// The connection is over: the event, and a GOAWAY of ours.
  void fail(ConnectionProblem problem, ErrorCode code, StreamId id, std::string sentence);

 private:
  // session.cc
  std::vector<Setting> our_settings() const;
  void finish_input();
  void release_idle_memory();
  /// Neither a frame nor a field block has begun.
  bool between_messages() const { return boundary_.between_frames() && block_stream_ == 0; }
  void fail_frame(ConnectionProblem problem, ErrorCode code, std::string_view sentence);
  void fail_protocol(std::string_view sentence) {
    fail_frame(ConnectionProblem::protocol_error, ErrorCode::protocol_error, sentence);
  }

  // session_frames.cc
  void feed();
  void take_preface(std::string_view piece);
  void begin_frame();
  void check_floods();
  void check_length();
  void begin_data();
  void take_data(std::string_view piece);
  void data_received(StreamId id, std::string_view bytes);
  void end_frame(std::string_view payload);
  void take_priority(std::string_view payload);
  void take_reset(std::string_view payload);
  void acknowledge(FrameType type, std::string_view payload);
  void take_settings(std::string_view payload);
  void take_setting(const Setting& setting);
  void settings_acknowledged();
  void take_goaway(std::string_view payload);
  void take_window_update(std::string_view payload);

  // session_blocks.cc
  HpackDecoder::Limits block_limits() const;
  void fail_large_block(StreamId id);
  void take_headers(std::string_view payload);
  void keep_block(std::string_view part);
  void take_continuation(std::string_view payload);
  void end_block(std::string_view block);
  void open_for_peer(std::string_view block, StreamId id);
  void read_block(std::string_view block, StreamId id, Stream* stream);

  // session_streams.cc
  Stream* find(StreamId id) const { return streams_.find(id); }
  bool is_idle(StreamId id) const;
  void close_when_both_ended(Stream& stream);
  /// The caller has the whole response: how the request ends is not told.
  bool is_answered(const Stream& stream) const {
    return role_ == Role::client && stream.incoming == Stream::Incoming::over;
  }
  void erase(Stream& stream);
  void count_reset(StreamId id);
  void credit_drained();
  Result<Stream*, CommandError> open_for_sending(StreamId id, Stream::Outgoing expected);

  void on_data_sent() override { progress(); }
  void on_end_sent(Stream& stream) override { close_when_both_ended(stream); }

  const Role role_;
  const Options options_;
  Streams streams_;
  Fifo<Event> events_;
  bool over_ = false;

  std::string_view input_;
  enum class Input : uint8_t { open, ended } input_state_ = Input::open;
  FrameBoundary boundary_;
  FloodGuard flood_;
  size_t preface_seen_ = 0;  ///< bytes of the client's
  ByteBlock payload_;        ///< of the frame at hand, where it came in pieces
  size_t continuations_ = 0;  ///< in a row
  StreamId block_stream_ = 0;  ///< whose field block is not complete
  Ending block_ending_ = Ending::more_follows;
  ByteBlock block_;  ///< what came of it

  // DATA. What the caller has drained of a frame, or nobody wants, is given back to the windows when the frame is complete, so
  // that pieces make no difference.
  std::optional<size_t> data_left_;  ///< of the frame at hand, without its padding; unknown until Pad Length came
  StreamId drained_stream_ = 0;
  size_t drained_ = 0;
  size_t shown_ = 0;  ///< in the BodyData that the caller is looking at

  FrameSender sender_{*this};
  HpackDecoder decoder_;
  ReceiveWindow receive_window_;
  int64_t stream_receive_window_;  ///< of new streams: what the peer knows of our SETTINGS
  PeerSettings peer_;

  StreamId next_id_ = 1;         ///< of the client's requests; 0: none is left
  StreamId last_from_peer_ = 0;  ///< the highest that the peer opened
  StreamId last_processed_ = 0;  ///< the highest of them that was looked at
  StreamId last_named_ = INT32_MAX;  ///< by the peer's GOAWAY

  MonotonicTime settings_deadline_;
  MonotonicTime flood_forgotten_;
  bool settings_received_ = false;
  bool settings_acknowledged_ = false;
  bool going_away_ = false;  ///< we sent GOAWAY
  bool peer_going_away_ = false;
};

}  // namespace astray::http2
