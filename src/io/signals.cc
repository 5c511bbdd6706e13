#include "io/signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/check.h"
#include "io/file_descriptor.h"
#include "io/waking_watch.h"

namespace astray {
namespace {

sigset_t set_of(const std::vector<int>& signals) {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : signals) sigaddset(&set, signal);
  return set;
}

}  // namespace

class SignalQueue::Watch {
 public:
  Watch(EpollLoop& loop, FileDescriptor queue, sigset_t previous)
      : queue_(std::move(queue)),
        previous_(previous),
        waiting_(loop),
        watch_(loop, queue_.number(), waiting_) {}
  ~Watch() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }

  Task<int> next() {
    for (;;) {
      signalfd_siginfo info;
      if (read(queue_.number(), &info, sizeof info) == sizeof info)
        co_return static_cast<int>(info.ssi_signo);
      co_await waiting_.wait();
    }
  }

 private:
  FileDescriptor queue_;
  sigset_t previous_;
  WaitQueue waiting_;
  WakingWatch watch_;  // the last member: it goes before the descriptor
};

SignalQueue::SignalQueue(EpollLoop& loop, std::vector<int> signals) {
  sigset_t set = set_of(signals);
  sigset_t previous;
  CHECK(pthread_sigmask(SIG_BLOCK, &set, &previous) == 0);
  FileDescriptor queue(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  CHECK(queue.is_open());
  watch_ = std::make_unique<Watch>(loop, std::move(queue), previous);
}

SignalQueue::~SignalQueue() = default;

Task<int> SignalQueue::next() {
  return watch_->next();
}

}  // namespace astray
