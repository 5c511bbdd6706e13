#include "cli/fetch_run.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <list>
#include <memory>

#include "cli/fetch_transfer.h"
#include "cli/fetch_upload.h"
#include "client/client.h"
#include "io/cares_resolver.h"
#include "io/deadline.h"
#include "io/epoll_loop.h"
#include "io/race.h"
#include "io/signals.h"
#include "io/sleep.h"
#include "io/socket_network.h"
#include "io/task_group.h"

namespace astray {
namespace {

constexpr Duration longest_goodbye = std::chrono::seconds(1);

Task<void> pause_for(Loop& loop, Duration delay) {
  co_await sleep_for(loop, delay);
}

/// Whether the task ended before the transfer was stopped.
Task<bool> ended_first(TaskBase& task, FetchTransfer& transfer) {
  Task<void> stop = transfer.stopped().pass();
  std::vector<TaskBase*> both = {&task, &stop};
  AnyEnd any(std::move(both));
  const size_t first = co_await any;
  co_return first == 0;
}

/// One attempt; false when the transfer was stopped meanwhile.
Task<bool> attempt(client::Client& client, FetchTransfer& transfer, const client::Body& body) {
  client::Request request = transfer.begin_attempt(body);
  Task<client::FetchReport> fetching = client.fetch(std::move(request), transfer);
  const bool ended = co_await ended_first(fetching, transfer);
  if (ended) transfer.outcome().report = fetching.take();
  co_return ended;
}

bool can_send_again(const client::Body& body) {
  const auto* source = std::get_if<std::shared_ptr<client::BodySource>>(&body);
  return source == nullptr || ((*source)->is_replayable() && (*source)->rewind());
}

/// All attempts at one URL.
Task<void> fetch_one(Loop& loop, client::Client& client, FetchTransfer& transfer, client::Body body,
                     FailOn fail_on) {
  const MonotonicTime began = loop.now();
  while (true) {
    const bool ended = co_await attempt(client, transfer, body);
    if (!ended) co_return;
    const FetchOutcome& outcome = transfer.outcome();
    if (!transfer.retries().would_retry(outcome.report, fail_on)) co_return;
    if (!can_send_again(body)) co_return;
    const std::optional<Duration> delay = transfer.retries().next_delay(outcome.head, loop.now() - began);
    if (!delay) co_return;
    Task<void> pause = pause_for(loop, *delay);
    const bool rested = co_await ended_first(pause, transfer);
    if (!rested) co_return;
  }
}

/// A call from its first connection to its last.
class Call {
 public:
  Call(const FetchPlan& plan, Console& console, FetchStory& story)
      : plan_(plan),
        console_(console),
        network_(loop_),
        resolver_(loop_, resolving(plan)),
        turns_(console.out.output, console.err.output, plan.targets.size()),
        progress_(console, progress_of(plan)),
        story_(story),
        signals_(loop_, {SIGINT, SIGTERM}) {
    if (!plan.head_file.empty() && plan.head_file != "-") heads_.emplace(plan.head_file, plan.create_folders);
  }

  Result<ExitCode> run() {
    client::Settings settings = plan_.settings;
    settings.telemetry = &story_;
    client::Client client(loop_, network_, resolver_, std::move(settings));
    const FetchPlaces places{plan_, turns_, story_, progress_, heads_ ? &*heads_ : nullptr};
    std::vector<client::Body> bodies;
    for (size_t i = 0; i < plan_.targets.size(); ++i) {
      transfers_.emplace_back(loop_, places, i);
      client::Body& body = bodies.emplace_back();
      if (plan_.targets[i].upload.empty()) continue;
      Result<std::shared_ptr<client::BodySource>> opened = open_upload(plan_.targets[i].upload, loop_);
      if (!opened) return tl::unexpected(opened.error());
      body = std::move(*opened);
    }
    if (heads_) {
      if (const Result<void> made = heads_->open(); !made)
        return failure("--dump-header: " + made.error().message);
    }
    SpawnedTask watching = loop_.spawn(watch_signals());
    const auto done = loop_.run_until_done(fetch_all(client, std::move(bodies)));
    progress_.clear();
    if (!done) return failure(done.error().text());
    return worst();
  }

 private:
  static CaresOptions resolving(const FetchPlan& plan) {
    CaresOptions options;
    options.servers = plan.dns_servers;
    return options;
  }

  static FetchProgressLine::When progress_of(const FetchPlan& plan) {
    const bool quiet = plan.loudness != Loudness::usual || plan.narration != Narration::none ||
                       plan.trace != TraceForm::none;
    return quiet ? FetchProgressLine::When::never : FetchProgressLine::When::on_terminal;
  }

  Task<void> fetch_all(client::Client& client, std::vector<client::Body> bodies) {
    TaskGroup group(loop_, plan_.most_at_once);
    size_t next = 0;
    for (FetchTransfer& transfer : transfers_) {
      Task<void> task = one(client, transfer, std::move(bodies[next++]));
      co_await group.start(std::move(task));
    }
    co_await group.all_ended();
    const MonotonicTime latest = loop_.now() + longest_goodbye;
    Task<void> closing = client.close();
    co_await with_deadline(loop_, std::move(closing), latest);
  }

  Task<void> one(client::Client& client, FetchTransfer& transfer, client::Body body) {
    if (!interrupted_ && transfer.wanted()) {
      co_await fetch_one(loop_, client, transfer, std::move(body), plan_.fail_on);
    }
    transfer.finish(console_);
  }

  /// Ctrl-C ends everything in order; a second one ends the process.
  Task<void> watch_signals() {
    co_await signals_.next();
    interrupted_ = true;
    for (FetchTransfer& transfer : transfers_) {
      if (!transfer.finished()) transfer.interrupt();
    }
    co_await signals_.next();
    std::_Exit(130);
  }

  ExitCode worst() {
    ExitCode code = ExitCode::success;
    for (FetchTransfer& transfer : transfers_) {
      if (!transfer.unread()) code = std::max(code, transfer.outcome().exit_code);
    }
    return code;
  }

  const FetchPlan& plan_;
  Console& console_;
  EpollLoop loop_;
  SocketNetwork network_;
  CaresResolver resolver_;
  OutputTurns turns_;
  FetchProgressLine progress_;
  FetchStory& story_;
  SignalQueue signals_;
  std::optional<FetchFile> heads_;
  std::list<FetchTransfer> transfers_;
  bool interrupted_ = false;
};

}  // namespace

ExitCode run_fetch(const FetchPlan& plan, Console& console) {
  Result<std::unique_ptr<FetchStory>> story = FetchStory::begin(plan, console);
  if (!story) return console.fail("fetch: " + story.error().message);
  Call call(plan, console, **story);
  const Result<ExitCode> code = call.run();
  return code ? *code : console.fail("fetch: " + code.error().message);
}

}  // namespace astray
