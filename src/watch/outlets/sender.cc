#include "watch/outlets/sender.h"

#include <fmt/format.h>

#include <charconv>

#include "report/printable.h"

namespace astray::watch {
namespace {

/// A receiver that says more than this is no receiver of ours; it is read no further.
constexpr uint64_t most_answer_read = 1024 * 1024;

/// Keeps the beginning of an answer, for the sentence that people read.
class AnswerReader final : public client::ResponseConsumer {
 public:
  void on_head(const client::ResponseHead& head, client::BodyFlow&) override {
    const std::optional<std::string_view> wait = head.fields.find("Retry-After");
    uint32_t seconds = 0;
    if (wait) {
      const char* const last = wait->data() + wait->size();
      const auto [end, error] = std::from_chars(wait->data(), last, seconds);
      if (error == std::errc() && end == last) answer_.retry_after = std::chrono::seconds(seconds);
    }
  }
  client::Demand on_body(std::string_view bytes) override {
    answer_.body += bytes.substr(0, Sender::most_answer - answer_.body.size());
    return client::Demand::more;
  }

  Acknowledgement take(const client::FetchReport& report) {
    answer_.status = report.status;
    answer_.location = report.redirect_target;
    return std::move(answer_);
  }

 private:
  Acknowledgement answer_;
};

client::Request request_of(const Message& message) {
  client::Request request{
      .method = "POST", .url = message.url, .fields = message.fields, .body = message.body};
  request.timeouts.total = message.timeout;
  request.most_body_bytes = most_answer_read;
  return request;
}

bool found_its_connection_closed(const client::FetchReport& report) {
  const bool kept = report.carried_on.carriage == client::Carriage::reused ||
                    report.carried_on.carriage == client::Carriage::coalesced;
  const client::FailureKind kind = report.failure->kind;
  return kept && report.status == 0 &&
         (kind == client::FailureKind::closed_early || kind == client::FailureKind::reset);
}

}  // namespace

Sender::Sender(Loop& loop, Network& network, Resolver& resolver, client::Settings settings)
    : client_(loop, network, resolver, std::move(settings)) {}

Task<Result<Acknowledgement>> Sender::send(Message message) {
  for (int attempt = 1;; ++attempt) {
    AnswerReader reader;
    Task<client::FetchReport> fetch = client_.fetch(request_of(message), reader);
    const client::FetchReport report = co_await std::move(fetch);
    const bool answered =
        report.status != 0 && (!report.failure || report.failure->kind == client::FailureKind::too_large);
    if (answered) co_return reader.take(report);
    if (attempt == 2 || !found_its_connection_closed(report)) co_return failure(report.failure->sentence);
  }
}

std::string describe_refusal(const Acknowledgement& answer) {
  if (!answer.location.empty())
    return fmt::format("it answers {} and leads to {}, where nothing is sent: give that URL instead",
                       answer.status, printable(answer.location));
  std::string_view line = answer.body;
  line = line.substr(0, line.find_first_of("\r\n"));
  constexpr size_t most_shown = 200;
  if (line.empty()) return fmt::format("it answers {}", answer.status);
  return fmt::format("it answers {} ({})", answer.status, printable(line.substr(0, most_shown)));
}

Url below(const Url& base, std::string_view path) {
  Url url = base;
  std::string& target = url.target;
  target.resize(std::min(target.find('?'), target.size()));
  if (target.ends_with('/')) target.pop_back();
  target += path;
  url.fragment.reset();
  return url;
}

}  // namespace astray::watch
