#include "watch/outlets/alertmanager.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/deadline.h"
#include "io/sleep.h"
#include "watch/model/instant_text.h"

namespace astray::watch {
namespace {

/// More than a round makes on a bad day; the rest follows at once.
constexpr size_t alert_events_at_a_time = 500;

std::vector<Problem> open_among(const std::vector<Problem>& problems) {
  std::vector<Problem> open;
  for (const Problem& problem : problems) {
    if (problem.state == ProblemState::open) open.push_back(problem);
  }
  return open;
}

}  // namespace

Result<std::unique_ptr<Outlet>> Alertmanager::create(const AlertmanagerSettings& settings,
                                                     OutletTools tools) {
  const Result<Url, UrlError> url = Url::parse(settings.url);
  if (!url) return failure(fmt::format("alertmanager {}: {}", settings.url, describe(url.error())));
  return std::make_unique<Alertmanager>(*url, settings.timeout, std::move(tools));
}

Alertmanager::Alertmanager(Url url, Duration timeout, OutletTools tools)
    : url_(below(url, "/api/v2/alerts")),
      name_("alertmanager " + url.text()),
      timeout_(timeout),
      tools_(std::move(tools)),
      feed_(tools_.store, name_),
      news_(tools_.loop),
      backoff_(tools_.seed, std::chrono::seconds(1), resend_after) {}

void Alertmanager::offer(const std::shared_ptr<const RoundRecord>& round) {
  feed_.offer(*round);
  open_ = open_among(round->problems);
  // What merely lasts has its own pace, however short the rounds are.
  if (!round->events.empty()) news_.open();
}

void Alertmanager::tell(const ProblemEvent& event) {
  if (open_) {
    for (Problem& problem : *open_)
      if (problem.id == event.problem.id) problem = event.problem;
  }
  news_.open();
}

Task<void> Alertmanager::run() {
  for (;;) {
    news_.close();
    const Told told = co_await tell();
    if (told == Told::not_all) {
      const Duration wait = backoff_.next();
      co_await sleep_for(tools_.loop, wait);
      continue;
    }
    backoff_.reset();
    Task<void> news = news_.pass();
    const MonotonicTime resend = tools_.loop.now() + resend_after;
    EndOrDeadline either(tools_.loop, news, resend);
    co_await either;
  }
}

/// After a restart the problems go on; the first round may be a while away.
void Alertmanager::recall_open() {
  Store* const store = tools_.store();
  if (store == nullptr) return;
  const Stored<std::vector<Problem>> stored = store->unresolved_problems();
  if (stored) open_ = open_among(*stored);
}

std::vector<Alert> Alertmanager::alerts_for(const std::vector<ProblemEvent>& events) const {
  std::map<std::string_view, Alert> by_id;
  const Instant now = tools_.wall_clock();
  for (const ProblemEvent& event : events) {
    if (event.is_silenced())
      by_id.erase(event.problem.id);
    else if (is_end(event.step))
      by_id.insert_or_assign(event.problem.id, Alert{event.problem, event.problem.closed.value_or(event.at)});
    else
      by_id.insert_or_assign(event.problem.id, Alert{event.problem, {now.unix_seconds + lasts_seconds}});
  }
  if (open_) {
    for (const Problem& problem : *open_) {
      if (problem.silenced && now < problem.silenced->until)
        by_id.erase(problem.id);
      else
        by_id.insert_or_assign(problem.id, Alert{problem, {now.unix_seconds + lasts_seconds}});
    }
  }
  std::vector<Alert> alerts;
  for (auto& [id, alert] : by_id) alerts.push_back(std::move(alert));
  return alerts;
}

Task<Alertmanager::Told> Alertmanager::tell() {
  if (!open_) recall_open();
  for (;;) {
    const Stored<std::vector<ProblemEvent>> events = feed_.next(alert_events_at_a_time);
    const std::vector<ProblemEvent> waiting = events ? *events : std::vector<ProblemEvent>();
    const std::vector<Alert> alerts = alerts_for(waiting);
    if (!waiting.empty()) figures_.waiting_since = waiting.front().at;
    for (size_t begin = 0; begin < alerts.size(); begin += alerts_in_a_message) {
      const size_t end = std::min(alerts.size(), begin + alerts_in_a_message);
      std::vector<Alert> some(alerts.begin() + static_cast<std::ptrdiff_t>(begin),
                              alerts.begin() + static_cast<std::ptrdiff_t>(end));
      Task<bool> posting = post(std::move(some));
      const bool taken = co_await std::move(posting);
      if (!taken) co_return Told::not_all;
    }
    if (!events) {
      trouble_ = "the store does not tell which events wait: " + events.error().message;
      co_return Told::all;
    }
    figures_.delivered += waiting.size();
    feed_.acknowledge(waiting.size());
    if (waiting.size() < alert_events_at_a_time) {
      figures_.waiting_since.reset();
      co_return Told::all;
    }
  }
}

Task<bool> Alertmanager::post(std::vector<Alert> alerts) {
  Message message{.url = url_, .timeout = timeout_};
  message.fields.add("Content-Type", "application/json");
  message.body = alerts_json(alerts);
  Task<Result<Acknowledgement>> sending = tools_.sender.send(std::move(message));
  const Result<Acknowledgement> answer = co_await std::move(sending);
  if (answer && answer->is_success()) {
    trouble_.reset();
    co_return true;
  }
  ++figures_.failures;
  if (answer && answer->status == 400) {
    // Whatever it does not understand, it takes the others of the message.
    figures_.refused += 1;
    trouble_ = describe_refusal(*answer);
    co_return true;
  }
  trouble_ = fmt::format("{}; {} alerts wait for it",
                         answer ? describe_refusal(*answer) : answer.error().message, alerts.size());
  co_return false;
}

}  // namespace astray::watch
