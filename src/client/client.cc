#include "client/client.h"

#include "base/check.h"
#include "client/fetch_flow.h"
#include "io/deadline.h"
#include "io/sleep.h"

namespace astray::client {

class Client::Impl {
 public:
  Impl(Loop& loop, Network& network, Resolver& resolver, Settings settings)
      : loop_(loop),
        settings_(std::move(settings)),
        addresses_(loop, resolver, settings_),
        identities_(settings_),
        pool_({loop, network, settings_, addresses_, identities_, sessions_, chains_, buffers_}, counters_) {
    CHECK(settings_.wall_clock != nullptr);
  }
  ~Impl() { CHECK(running_ == 0); }

  Task<FetchReport> fetch(Request request, ResponseConsumer& consumer);
  Task<void> close();

  Counters counters_;
  const Settings& settings() const { return settings_; }
  size_t connections() const { return pool_.size(); }

 private:
  /// Counts the fetches that run.
  class Running {
   public:
    explicit Running(size_t& count) : count_(count) { ++count_; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { --count_; }

   private:
    size_t& count_;
  };

  Loop& loop_;
  Settings settings_;
  AddressBook addresses_;
  Identities identities_;
  SessionStore sessions_;
  PeerChains chains_;
  WireBuffers buffers_;
  Pool pool_;
  size_t running_ = 0;
};

Task<FetchReport> Client::Impl::fetch(Request request, ResponseConsumer& consumer) {
  const Running running(running_);
  const std::optional<Duration> total = request.timeouts.total;
  FetchFlow flow(loop_, pool_, identities_, counters_, settings_, std::move(request), consumer,
                 ++counters_.fetches);
  Task<void> task = flow.run();
  if (total) {
    const Result<void, TimedOut> ended = co_await with_deadline(loop_, std::move(task), loop_.now() + *total);
    if (!ended) flow.time_is_up();
  } else {
    co_await std::move(task);
  }
  co_return flow.take_report();
}

Task<void> Client::Impl::close() {
  pool_.close();
  // What waits is sent at the end of this turn; connections under way end with their last request.
  const MonotonicTime deadline = loop_.now() + std::chrono::seconds(1);
  while (pool_.size() != 0 && loop_.now() < deadline) co_await sleep_for(loop_, std::chrono::milliseconds(1));
}

Client::Client(Loop& loop, Network& network, Resolver& resolver, Settings settings)
    : impl_(std::make_unique<Impl>(loop, network, resolver, std::move(settings))) {}
Client::~Client() = default;

Task<FetchReport> Client::fetch(Request request, ResponseConsumer& consumer) {
  return impl_->fetch(std::move(request), consumer);
}
Task<void> Client::close() {
  return impl_->close();
}
const Counters& Client::counters() const {
  return impl_->counters_;
}
size_t Client::connections() const {
  return impl_->connections();
}
const Settings& Client::settings() const {
  return impl_->settings();
}

}  // namespace astray::client
