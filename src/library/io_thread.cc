#include "library/io_thread.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include <future>
#include <system_error>

#include "client/client.h"
#include "io/cares_resolver.h"
#include "io/deadline.h"
#include "io/socket_network.h"
#include "library/running_fetch.h"
#include "library/translate.h"

namespace astray::http {
namespace {

constexpr auto goodbye_patience = std::chrono::seconds(1);

class EventBridge final : public client::Telemetry {
 public:
  explicit EventBridge(EventCallback callback) : callback_(std::move(callback)) {}
  void on_event(const client::PoolEvent& event) override { callback_(event_of(event)); }

 private:
  EventCallback callback_;
};

Task<void> serve(FetchTable& table) {
  co_await table.stopped();
  Task<void> closing = table.client().close();
  const MonotonicTime deadline = table.loop().now() + goodbye_patience;
  const Result<void, TimedOut> closed = co_await with_deadline(table.loop(), std::move(closing), deadline);
  static_cast<void>(closed);  // whoever does not listen is closed all the same
}

void run(const std::shared_ptr<IoLink>& link, client::Settings settings, EventCallback on_event) {
  pthread_setname_np(pthread_self(), "astray-io");
  EpollLoop loop;
  SocketNetwork network(loop);
  CaresResolver resolver(loop);
  std::optional<EventBridge> events;
  if (on_event) settings.telemetry = &events.emplace(std::move(on_event));
  client::Client client(loop, network, resolver, std::move(settings));
  FetchTable table(loop, client);
  const IoLink::Reading reading(*link, loop, table);
  CHECK(loop.run_until_done(serve(table)));
}

/// What the loop and the resolver need before the first connection, so that they need not fail half-way.
bool descriptors_are_left() {
  constexpr size_t needed = 8;
  FileDescriptor opened[needed];
  for (FileDescriptor& descriptor : opened) {
    descriptor = FileDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!descriptor.is_open()) return false;
  }
  return true;
}

/// Signals are for the program's own threads: a new thread has the mask of its maker.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

Result<std::unique_ptr<IoThread>> IoThread::start(client::Settings settings, EventCallback on_event) {
  auto link = std::make_shared<IoLink>();
  if (!link->is_open() || !descriptors_are_left())
    return failure(
        "a client needs some descriptors to begin with, and the process has none left (ulimit -n)");
  std::unique_ptr<IoThread> made(new IoThread(link));
  const AllSignalsBlocked blocked;
  try {
    made->thread_ = std::thread(run, std::move(link), std::move(settings), std::move(on_event));
  } catch (const std::system_error& error) {
    return failure(std::string("a client needs a thread, and the system gives none: ") + error.what());
  }
  return made;
}

IoThread::~IoThread() {
  if (!thread_.joinable()) return;
  link_->post([link = link_] { link->table().stop(); });
  // A callback that destroys its client is wrong, and cannot wait for itself.
  if (link_->is_own_thread())
    thread_.detach();
  else
    thread_.join();
}

Counters IoThread::counters() const {
  const auto read = [link = link_.get()] {
    client::Client& client = link->table().client();
    return counters_of(client.counters(), client.connections());
  };
  if (link_->is_own_thread()) return read();
  std::promise<Counters> promise;
  std::future<Counters> answer = promise.get_future();
  const auto posted = link_->post([&] { promise.set_value(read()); });
  return posted == Mailbox::Posted::taken ? answer.get() : Counters();
}

}  // namespace astray::http
