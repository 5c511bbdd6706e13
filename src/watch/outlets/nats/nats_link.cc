#include "watch/outlets/nats/nats_link.h"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/check.h"
#include "io/mailbox.h"
#include "io/wait_queue.h"
#include "watch/outlets/nats/nats_connection.h"

namespace astray::watch {
namespace {

/// Signals are for the program's own thread. A new thread has the mask of its maker, and so have those that
/// the library makes from it.
std::thread start_without_signals(std::function<void()> run) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(run));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

class NatsLink::Worker {
 public:
  Worker(EpollLoop& loop, NatsSettings settings)
      : settings_(std::move(settings)),
        settled_(loop),
        reader_(loop, mailbox_),
        thread_(start_without_signals([this] { work(); })) {}
  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      stops_ = true;
    }
    wakes_.notify_one();
    thread_.join();
  }

  Task<Result<void, NatsFailure>> publish(NatsMessage message) {
    // One that was cancelled may still be on its way: its end is not that of this one.
    const uint64_t number = ++asked_;
    {
      const std::lock_guard lock(mutex_);
      job_ = Job{number, std::move(message)};
    }
    wakes_.notify_one();
    while (ended_ != number) {
      settled_.close();
      co_await settled_.pass();
    }
    co_return std::move(outcome_);
  }

  void follow(NatsFollowing following) {
    {
      const std::lock_guard lock(mutex_);
      CHECK(!following_);  // from here on nobody changes it
      following_ = std::move(following);
    }
    wakes_.notify_one();
  }

 private:
  struct Job {
    uint64_t number;
    NatsMessage message;
  };

  void work();
  void publish_now(const Job& job);
  /// False: it failed, and is tried again after a while.
  bool fetch();
  /// The connection, opened if need be.
  Result<NatsConnection*, NatsFailure> connection();
  void post(Mailbox::Letter letter) { static_cast<void>(mailbox_.post(std::move(letter))); }

  NatsSettings settings_;
  // The loop's.
  uint64_t asked_ = 0, ended_ = 0;
  Result<void, NatsFailure> outcome_;
  Gate settled_;
  // Both.
  std::mutex mutex_;
  std::condition_variable wakes_;
  bool stops_ = false;
  std::optional<Job> job_;
  std::optional<NatsFollowing> following_;
  // The thread's.
  std::unique_ptr<NatsConnection> connection_;
  bool follows_ = false;

  Mailbox mailbox_;
  Mailbox::Reader reader_;
  std::thread thread_;
};

void NatsLink::Worker::work() {
  constexpr auto pause_after_failure = std::chrono::seconds(1);
  bool failed = false;
  for (;;) {
    std::optional<Job> job;
    {
      std::unique_lock lock(mutex_);
      const auto is_wanted = [this] { return stops_ || job_ || following_; };
      if (failed)
        wakes_.wait_for(lock, pause_after_failure, [this] { return stops_ || job_.has_value(); });
      else
        wakes_.wait(lock, is_wanted);
      if (stops_) return;
      job = std::exchange(job_, std::nullopt);
    }
    if (job)
      publish_now(*job);
    else
      failed = !fetch();
  }
}

Result<NatsConnection*, NatsFailure> NatsLink::Worker::connection() {
  if (!connection_) {
    follows_ = false;
    auto opened = NatsConnection::open(settings_);
    if (!opened) return Failure<NatsFailure>(std::move(opened.error()));
    connection_ = std::move(*opened);
  }
  return connection_.get();
}

void NatsLink::Worker::publish_now(const Job& job) {
  const auto publish = [&](NatsConnection* connection) { return connection->publish(job.message); };
  Result<void, NatsFailure> outcome = connection().and_then(publish);
  if (!outcome && !outcome.error().is_of_the_message) connection_.reset();
  post([this, number = job.number, outcome = std::move(outcome)] {
    ended_ = number;
    outcome_ = outcome;
    settled_.open();
  });
}

bool NatsLink::Worker::fetch() {
  const auto begin = [this](NatsConnection* connection) -> Result<NatsConnection*, NatsFailure> {
    if (!follows_) {
      Result<void, NatsFailure> followed = connection->follow(following_->subject, following_->durable);
      if (!followed) return Failure<NatsFailure>(std::move(followed.error()));
      follows_ = true;
    }
    return connection;
  };
  const auto next = [](NatsConnection* connection) { return connection->next(); };
  Result<std::vector<std::string>, NatsFailure> came = connection().and_then(begin).and_then(next);
  if (!came) {
    connection_.reset();
    post([this, sentence = came.error().sentence] { following_->trouble(sentence); });
    return false;
  }
  post([this, payloads = std::move(*came)] {
    following_->trouble(std::nullopt);
    for (const std::string& payload : payloads) following_->receive(payload);
  });
  return true;
}

std::string shown_address(const NatsSettings& settings) {
  std::string url = settings.url;
  const size_t scheme = url.find("://");
  const size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  const size_t at = url.rfind('@');
  if (at != std::string::npos && at >= begin) url.erase(begin, at + 1 - begin);
  return url;
}

NatsLink::NatsLink(EpollLoop& loop, NatsSettings settings)
    : worker_(std::make_unique<Worker>(loop, std::move(settings))) {}
NatsLink::~NatsLink() = default;

Task<Result<void, NatsFailure>> NatsLink::publish(NatsMessage message) {
  return worker_->publish(std::move(message));
}

void NatsLink::follow(NatsFollowing following) {
  worker_->follow(std::move(following));
}

}  // namespace astray::watch
