#include "io/epoll_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/check.h"

namespace astray {
namespace {

uint32_t epoll_events(Interest interest, Trigger trigger) {
  uint32_t events = EPOLLRDHUP;
  if (interest != Interest::write) events |= EPOLLIN;
  if (interest != Interest::read) events |= EPOLLOUT;
  if (trigger == Trigger::edge) events |= EPOLLET;
  return events;
}

/// Rounded up: a turn that came before the deadline would only spin.
int milliseconds_until(std::optional<MonotonicTime> until) {
  if (!until) return -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, INT_MAX));
}

}  // namespace

DescriptorWatch::DescriptorWatch(EpollLoop& loop, int descriptor, Interest interest, Trigger trigger)
    : loop_(loop), descriptor_(descriptor), trigger_(trigger) {
  epoll_event event{epoll_events(interest, trigger), {}};
  event.data.ptr = this;
  CHECK(epoll_ctl(loop_.epoll_, EPOLL_CTL_ADD, descriptor_, &event) == 0);
  ++loop_.watched_;
}

DescriptorWatch::~DescriptorWatch() {
  // Closing the descriptor would not do: a child between fork and exec keeps the socket, and epoll its
  // events.
  epoll_ctl(loop_.epoll_, EPOLL_CTL_DEL, descriptor_, nullptr);
  --loop_.watched_;
}

void DescriptorWatch::set_interest(Interest interest) {
  epoll_event event{epoll_events(interest, trigger_), {}};
  event.data.ptr = this;
  CHECK(epoll_ctl(loop_.epoll_, EPOLL_CTL_MOD, descriptor_, &event) == 0);
}

void DescriptorWatch::on_ready() {
  Readiness readiness = pending_;
  pending_ = {};
  on_readiness(readiness);
}

EpollLoop::EpollLoop() : Loop(std::chrono::steady_clock::now()), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  CHECK(epoll_ >= 0);
}

EpollLoop::~EpollLoop() {
  CHECK(watched_ == 0);
  close(epoll_);
}

MonotonicTime EpollLoop::read_clock() {
  return std::chrono::steady_clock::now();
}

Loop::Turn EpollLoop::collect(std::optional<MonotonicTime> until) {
  if (!until && watched_ == 0) return Turn::stalled;
  epoll_event events[256];
  int count = epoll_wait(epoll_, events, std::size(events), milliseconds_until(until));
  CHECK(count >= 0 || errno == EINTR);
  for (int i = 0; i < count; ++i) {
    // Only queued here: whoever dies while others are called takes its own event with it.
    auto& watch = *static_cast<DescriptorWatch*>(events[i].data.ptr);
    uint32_t flags = events[i].events;
    bool broken = (flags & (EPOLLERR | EPOLLHUP)) != 0;
    watch.pending_.read |= broken || (flags & (EPOLLIN | EPOLLRDHUP)) != 0;
    watch.pending_.write |= broken || (flags & EPOLLOUT) != 0;
    watch.pending_.hang_up |= broken || (flags & EPOLLRDHUP) != 0;
    report(watch);
  }
  return Turn::worked;
}

}  // namespace astray
