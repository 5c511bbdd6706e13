#pragma once
#include <cstddef>
#include <utility>

#include "io/loop.h"

namespace astray {

class Semaphore;

/// One of a semaphore's permits; given back on destruction. The semaphore outlives it.
class [[nodiscard]] Permit {
 public:
  Permit() = default;
  Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
  Permit& operator=(Permit&& other) noexcept {
    if (this != &other) {
      release();
      semaphore_ = std::exchange(other.semaphore_, nullptr);
    }
    return *this;
  }
  ~Permit() { release(); }
  void release();

 private:
  friend class Semaphore;
  explicit Permit(Semaphore& semaphore) : semaphore_(&semaphore) {}
  Semaphore* semaphore_ = nullptr;
};

/// Bounds how many do something at once. First come, first served; a permit goes from hand to hand, so nobody
/// overtakes who waits.
class Semaphore {
 public:
  class Acquire : QueueLink {
   public:
    explicit Acquire(Semaphore& semaphore) : semaphore_(semaphore) {}
    ~Acquire();
    bool await_ready();
    void await_suspend(std::coroutine_handle<> coroutine);
    Permit await_resume();

   private:
    friend class Semaphore;
    friend class LinkQueue<Acquire>;
    Semaphore& semaphore_;
    Resumption resumption_;
    bool granted_ = false;
  };

  Semaphore(Loop& loop, size_t permits) : loop_(loop), free_(permits) {}
  /// Nobody may wait any more.
  ~Semaphore();

  /// `Permit permit = co_await semaphore.acquire();`
  Acquire acquire() { return Acquire(*this); }
  size_t free() const { return free_; }

 private:
  friend class Permit;
  void release();

  Loop& loop_;
  size_t free_;
  LinkQueue<Acquire> waiting_;
};

}  // namespace astray
