#pragma once
// What an end of a connection sends, and in which order: frames other than DATA as they arise, then DATA, a frame of each
// stream in turn. Internal to http2/.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_block.h"
#include "http2/event.h"
#include "http2/frame.h"
#include "http2/hpack/encoder.h"
#include "http2/stream.h"

namespace astray::http2 {

/// The lines of a head, which need not stand together.
struct HeadLines {
  std::span<const Field> before;
  const Fields& fields;
  std::span<const Field> behind;
};

class FrameSender {
 public:
  /// Hears what became of streams that write_to() sent something of.
  class Listener {
   public:
    virtual void on_data_sent() = 0;
    /// END_STREAM. The stream may be destroyed.
    virtual void on_end_sent(Stream& stream) = 0;

   protected:
    ~Listener() = default;
  };
  explicit FrameSender(Listener& listener) : listener_(listener) {}

  // Frames that go out in the order of these calls.
  void put_preface() { staged_.append(connection_preface); }
  void put_settings(std::span<const Setting> settings);
  void put_acknowledgement(FrameType type, std::string_view payload);
  void put_head(const HeadLines& lines, FrameFlags flags, StreamId id);
  void put_reset(StreamId id, ErrorCode code);
  void put_window_update(StreamId id, uint32_t increment);
  void put_goaway(StreamId last_stream, ErrorCode code);
  /// ORIGIN, whose payload is no longer than a frame.
  void put_origins(const std::vector<std::string>& origins);
  /// ALTSVC, likewise.
  void put_alternative_service(StreamId id, std::string_view origin, std::string_view value);
  /// Acknowledgements that were not yet taken.
  size_t unread_answers() const { return unread_answers_; }

  /// A request that is to be opened when the peer allows it.
  void open_later(Stream& stream);
  /// It may have something to send now: more of a body, an end, a wider window.
  void offer(Stream& stream);
  /// It is about to be destroyed.
  void forget(const Stream& stream);
  /// Below this, identifiers of ours were written.
  int64_t next_unopened() const { return next_unopened_; }
  /// Of the peer's SETTINGS_HEADER_TABLE_SIZE.
  void limit_table(size_t bytes) { encoder_.limit_table(bytes); }
  /// By WINDOW_UPDATE on stream 0.
  enum class Window : uint8_t { fits, overflows };
  Window widen(uint32_t increment);

  /// As much as fits. `open_streams`: of ours, those that wait to be opened included; of which the peer allows `most`.
  size_t write_to(std::span<char> buffer, size_t open_streams, size_t most);
  /// Of what was put there alone.
  size_t take_staged(std::span<char> buffer);
  bool has_staged() const { return !staged_.empty(); }
  size_t staged_bytes() const { return staged_.size() - staged_at_; }
  /// Nothing is staged: gives the memory back.
  void release() { staged_.release(); }

 private:
  char* extend_by_frame(size_t length, FrameType type, FrameFlags flags, StreamId id);
  void put_number_frame(FrameType type, StreamId id, uint32_t number);
  void open_waiting(size_t open_streams, size_t most);
  enum class Room : uint8_t { is_all, is_rest };
  size_t write_data(std::span<char> buffer, Room room);
  void data_is_written(Stream& stream, size_t size);

  Listener& listener_;
  HpackEncoder encoder_;
  ByteBlock staged_;  ///< frames other than DATA, and what of a DATA frame had no room
  size_t staged_at_ = 0;
  size_t unread_answers_ = 0;
  LinkQueue<Stream> unopened_;
  size_t unopened_count_ = 0;
  int64_t next_unopened_ = 1;
  LinkQueue<Stream> sending_;  ///< with DATA that its window lets through, or an end
  LinkQueue<Stream> blocked_;  ///< likewise, but for the connection's window
  int64_t window_ = first_window;
};

}  // namespace astray::http2
