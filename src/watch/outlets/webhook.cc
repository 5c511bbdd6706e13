#include "watch/outlets/webhook.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/deadline.h"
#include "io/sleep.h"
#include "tls/x509.h"
#include "watch/model/instant_text.h"
#include "watch/model/problem_json.h"
#include "watch/outlets/signature.h"
#include "watch/settings/secret_file.h"

namespace astray::watch {
namespace {

constexpr size_t events_at_a_time = 16;
/// A receiver may ask for more patience than this, and is asked again all the same.
constexpr Duration longest_demanded_wait = std::chrono::minutes(15);

/// Paths of webhooks are often secrets themselves (chat services), and names are shown: origin and digest.
std::string webhook_name(const Url& url) {
  return fmt::format("webhook {} ({})", url.origin().text(), to_hex(sha256(url.text())).substr(0, 8));
}

}  // namespace

std::string event_key(const std::string& store_id, const ProblemEvent& event) {
  if (event.number != 0) return fmt::format("{}-{}", store_id, event.number);
  return fmt::format("{}-{}-{}-{}", store_id, event.problem.id, to_string(event.step), event.at.unix_seconds);
}

std::string event_json(const std::string& store_id, const std::string& version, const ProblemEvent& event) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("version").number(1).member("key", event_key(store_id, event));
  json.member("watcher", store_id).member("astray", version);
  write_event_members(json, event);
  json.end_object();
  return body;
}

Result<std::unique_ptr<Outlet>> Webhook::create(const WebhookSettings& settings, OutletTools tools) {
  const Result<Url, UrlError> url = Url::parse(settings.url);
  if (!url) return failure(fmt::format("webhook {}: {}", settings.url, describe(url.error())));
  std::string secret;
  if (!settings.secret_file.empty()) {
    Result<std::string> read = read_secret(settings.secret_file);
    if (!read) return failure(fmt::format("{}: {}", webhook_name(*url), read.error().message));
    secret = std::move(*read);
  }
  return std::make_unique<Webhook>(*url, std::move(secret), settings.timeout, std::move(tools));
}

Webhook::Webhook(Url url, std::string secret, Duration timeout, OutletTools tools)
    : url_(std::move(url)),
      name_(webhook_name(url_)),
      secret_(std::move(secret)),
      timeout_(timeout),
      tools_(std::move(tools)),
      feed_(tools_.store, name_),
      news_(tools_.loop),
      backoff_(tools_.seed) {}

void Webhook::offer(const std::shared_ptr<const RoundRecord>& round) {
  feed_.offer(*round);
  news_.open();
}

Task<void> Webhook::run() {
  for (;;) {
    news_.close();
    co_await deliver_all();
    co_await news_.pass();
  }
}

Task<void> Webhook::deliver_all() {
  while (!is_gone_) {
    const Stored<std::vector<ProblemEvent>> events = feed_.next(events_at_a_time);
    if (!events) {
      trouble_ = "the store does not tell which events wait: " + events.error().message;
      co_return;  // the next round asks again
    }
    if (events->empty()) {
      figures_.waiting_since.reset();
      co_return;
    }
    for (const ProblemEvent& event : *events) {
      if (event.is_silenced()) {
        feed_.acknowledge(1);
        continue;
      }
      figures_.waiting_since = event.at;
      const Outcome outcome = co_await deliver(event);
      if (outcome == Outcome::gone) co_return;
      if (outcome == Outcome::taken) trouble_.reset();
      ++(outcome == Outcome::taken ? figures_.delivered : figures_.refused);
      feed_.acknowledge(1);
    }
  }
}

Task<Webhook::Outcome> Webhook::deliver(const ProblemEvent& event) {
  backoff_.reset();
  for (;;) {
    Task<Result<Acknowledgement>> sending = tools_.sender.send(message_of(event));
    const Result<Acknowledgement> answer = co_await std::move(sending);
    demanded_wait_ = {};
    Outcome outcome = Outcome::again;
    if (answer)
      outcome = judge(event, *answer);
    else
      trouble_ = fmt::format("{}; what happened since {} waits for it", answer.error().message,
                             instant_text(event.at));
    if (outcome != Outcome::taken) ++figures_.failures;
    if (outcome != Outcome::again) co_return outcome;
    const Duration wait = std::max(backoff_.next(), demanded_wait_);
    co_await sleep_for(tools_.loop, wait);
  }
}

Webhook::Outcome Webhook::judge(const ProblemEvent& event, const Acknowledgement& answer) {
  if (answer.is_success()) return Outcome::taken;
  const std::string what = describe_refusal(answer);
  switch (answer.status) {
    case 410:
      is_gone_ = true;
      trouble_ = what + ": it wants nothing more, and gets nothing until the watcher starts anew";
      return Outcome::gone;
    case 400:
    case 413:
    case 422:
      trouble_ = fmt::format("{} to event {}, which is passed over", what, event.number);
      return Outcome::refused;
    default:
      demanded_wait_ = std::min<Duration>(answer.retry_after.value_or(Duration()), longest_demanded_wait);
      trouble_ = fmt::format("{}; what happened since {} waits for it", what, instant_text(event.at));
      return Outcome::again;
  }
}

Message Webhook::message_of(const ProblemEvent& event) const {
  Message message{.url = url_, .timeout = timeout_};
  message.body = event_json(feed_.store_id(), tools_.version, event);
  message.fields.add("Content-Type", "application/json");
  message.fields.add("Idempotency-Key", fmt::format("\"{}\"", event_key(feed_.store_id(), event)));
  const Instant now = tools_.wall_clock();
  message.fields.add(timestamp_field, std::to_string(now.unix_seconds));
  if (!secret_.empty()) message.fields.add(signature_field, sign(secret_, now, message.body));
  return message;
}

}  // namespace astray::watch
