#include "io/timers.h"

#include "base/check.h"

namespace astray {

void Timer::cancel() {
  if (timers_ != nullptr) timers_->cancel(*this);
}

Timers::~Timers() {
  for (Timer* timer : heap_) timer->timers_ = nullptr;
}

bool Timers::earlier(const Timer& a, const Timer& b) {
  return a.deadline_ != b.deadline_ ? a.deadline_ < b.deadline_ : a.sequence_ < b.sequence_;
}

void Timers::put(size_t place, Timer* timer) {
  heap_[place] = timer;
  timer->place_ = place;
}

void Timers::sift_up(size_t place) {
  Timer* timer = heap_[place];
  while (place > 0) {
    size_t parent = (place - 1) / 2;
    if (!earlier(*timer, *heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, timer);
}

void Timers::sift_down(size_t place) {
  Timer* timer = heap_[place];
  for (;;) {
    size_t child = 2 * place + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && earlier(*heap_[child + 1], *heap_[child])) ++child;
    if (!earlier(*heap_[child], *timer)) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, timer);
}

void Timers::set(Timer& timer, MonotonicTime deadline) {
  CHECK(timer.timers_ == nullptr || timer.timers_ == this);
  timer.deadline_ = deadline;
  timer.sequence_ = next_sequence_++;
  if (timer.timers_ == nullptr) {
    timer.timers_ = this;
    heap_.push_back(&timer);
    timer.place_ = heap_.size() - 1;
    sift_up(timer.place_);
    return;
  }
  sift_up(timer.place_);
  sift_down(timer.place_);
}

void Timers::cancel(Timer& timer) {
  CHECK(timer.timers_ == this);
  size_t place = timer.place_;
  Timer* last = heap_.back();
  heap_.pop_back();
  timer.timers_ = nullptr;
  if (last == &timer) return;
  put(place, last);
  sift_up(place);
  sift_down(last->place_);
}

std::optional<MonotonicTime> Timers::next_deadline() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front()->deadline_;
}

void Timers::fire(MonotonicTime now) {
  uint64_t set_before = next_sequence_;
  while (!heap_.empty()) {
    Timer& first = *heap_.front();
    if (first.deadline_ > now || first.sequence_ >= set_before) return;
    cancel(first);
    first.on_deadline(now);
  }
}

}  // namespace astray
