#pragma once
#include <array>
#include <cstdint>

#include "base/error.h"
#include "io/loop.h"

namespace astray {

/// What epoll said about a descriptor since it was last asked.
struct Readiness {
  bool read = false;     ///< bytes, a connection, the end, or an error
  bool write = false;    ///< room, or an error
  bool hang_up = false;  ///< the peer closed or reset
};

enum class Interest : uint8_t { read, write, read_and_write };
/// `edge`: told once per change, so use the descriptor until EAGAIN. `level`: told every turn while it lasts.
enum class Trigger : uint8_t { edge, level };

class EpollLoop;

/// A descriptor in the loop, registered once and taken out on destruction, which comes before it is closed.
class DescriptorWatch : ReadyItem {
 public:
  DescriptorWatch(EpollLoop& loop, int descriptor, Interest interest, Trigger trigger);

  int descriptor() const { return descriptor_; }
  /// Changes what a level-triggered watch is told.
  void set_interest(Interest interest);
  virtual void on_readiness(Readiness readiness) = 0;

 protected:
  virtual ~DescriptorWatch();

 private:
  friend class EpollLoop;
  void on_ready() final;
  EpollLoop& loop_;
  int descriptor_;
  Trigger trigger_;
  Readiness pending_;
};

/// The real thing: sockets through epoll, time from CLOCK_MONOTONIC.
class EpollLoop final : public Loop {
 public:
  EpollLoop();
  ~EpollLoop() override;

  size_t watched() const { return watched_; }

 private:
  friend class DescriptorWatch;
  MonotonicTime read_clock() override;
  Turn collect(std::optional<MonotonicTime> until) override;

  int epoll_;
  size_t watched_ = 0;
};

}  // namespace astray
