#pragma once
#include <algorithm>
#include <deque>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include "io/fake/link.h"
#include "io/wait_queue.h"

namespace astray::fake {

/// One direction of a connection: bytes under way, in the order in which they arrive.
class Pipe final : Timer {
 public:
  enum class Front { nothing, bytes, end, reset };

  Pipe(Loop& loop, const LinkDirection& direction, Duration latency, uint64_t seed);

  size_t room() const { return direction_.buffer - std::min(direction_.buffer, held_); }
  /// As much as there is room for; returns how much that was.
  size_t write(std::string_view bytes);
  /// Nothing more is written: the end arrives after the bytes.
  void write_end();
  /// Arrives after the bytes, at `time` or later.
  void write_reset(MonotonicTime time);
  /// Forgets what is not on the line yet.
  void drop_unsent();

  /// What has arrived.
  Front front() const;
  /// Front::bytes alone: takes some, as the direction's Delivery says.
  size_t read(std::span<char> buffer);
  bool has_unread_bytes() const { return unread_ > 0; }
  /// The reader is gone: what it has not read counts for nothing.
  void drop_unread();

  /// So many bytes were written that the link has to break.
  bool reaches_reset() const { return direction_.reset_after && written_ >= *direction_.reset_after; }
  bool is_silent() const { return direction_.silent_after && written_ >= *direction_.silent_after; }
  MonotonicTime last_arrival() const { return last_arrival_; }

  /// Somebody may find more at the front.
  void wake_readers();

  WaitQueue readers;
  ReadyItem* when_readable = nullptr;
  WaitQueue writers;

 private:
  struct Segment {
    Front kind;
    MonotonicTime arrives;
    std::string bytes;
  };
  void on_deadline(MonotonicTime) override;
  bool has_arrived(const Segment& segment) const { return segment.arrives <= loop_.now(); }
  void push(Front kind, MonotonicTime arrives, std::string_view bytes);
  void wake_at_next_arrival();
  size_t arrived_bytes(size_t most) const;

  Loop& loop_;
  LinkDirection direction_;
  Duration latency_;
  std::minstd_rand random_;
  std::deque<Segment> segments_;
  size_t front_taken_ = 0;  // bytes of the first segment that were read
  size_t held_ = 0;         // what fills the buffer: bytes not read yet, and those that silence swallowed
  size_t unread_ = 0;       // bytes not read yet
  uint64_t written_ = 0;    // since the beginning
  bool write_ended_ = false;
  MonotonicTime line_free_;  // when the bandwidth lets the next byte out
  MonotonicTime last_arrival_;
};

}  // namespace astray::fake
