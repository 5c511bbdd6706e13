#include <fmt/format.h>

#include <array>

#include "http1/client.h"
#include "probe/conversation.h"

namespace astray {
namespace {

/// A request whose name stands where the placement says, and nowhere else.
http1::Request request_of(const RequestQuestion& question, const ConversationSettings& settings) {
  http1::Request request;
  request.target = question.path;
  const std::string_view scheme = to_string(settings.scheme);
  const std::string host = question.host.value_or("");
  if (question.placement == Placement::absolute_form)
    request.target = fmt::format("{}://{}{}", scheme, host, question.path);
  if (question.placement == Placement::absolute_conflict) {
    request.target = fmt::format("{}://{}{}", scheme, question.other, question.path);
  }
  if (question.host) request.field_lines.push_back("Host: " + host);
  if (question.placement == Placement::two_host_fields)
    request.field_lines.push_back("Host: " + question.other);
  request.field_lines.push_back("User-Agent: " + settings.user_agent);
  request.field_lines.push_back("Accept: */*");
  return request;
}

class Http1Conversation final : public Conversation {
 public:
  Http1Conversation(Loop& loop, Channel& channel, const ConversationSettings& settings)
      : loop_(loop), channel_(channel), settings_(settings) {}

  Task<void> ask(const RequestQuestion& question, Observation& seen) override;
  void time_is_up(Observation& seen) override;
  bool open() const override { return open_; }

 private:
  enum class Progress : uint8_t { goes_on, over };

  Task<Result<void, Trouble>> flush();
  Task<void> read_answer(Observation& seen);
  Progress take(const Http1Client::Event& event, AnswerReader& answer, Observation& seen);

  Loop& loop_;
  Channel& channel_;
  const ConversationSettings& settings_;
  Http1Client engine_;
  bool open_ = true;
  MonotonicTime asked_{};
  std::array<char, 4 * 1024> output_;
};

Task<Result<void, Trouble>> Http1Conversation::flush() {
  while (true) {
    const size_t size = engine_.write_to(output_);
    if (size == 0) co_return Result<void, Trouble>();
    Result<void, Trouble> written = co_await channel_.write(std::string_view(output_.data(), size));
    if (!written) co_return written;
  }
}

Task<void> Http1Conversation::ask(const RequestQuestion& question, Observation& seen) {
  seen.stage = Stage::request;
  asked_ = loop_.now();
  open_ = false;  // until the answer says otherwise
  engine_.send(request_of(question, settings_));
  const Result<void, Trouble> written = co_await flush();
  seen.stage = Stage::response_head;
  co_await read_answer(seen);
  // A server that refuses may close before it has read everything: what it said counts, our broken pipe does
  // not.
  if (!written && seen.failure != ProbeFailure::none && seen.failure != ProbeFailure::tls_alert) {
    report(written.error(), seen);
  }
}

/// A peer of another protocol waits for us without having ended its line.
void Http1Conversation::time_is_up(Observation& seen) {
  open_ = false;
  engine_.receive_end();
  while (std::optional<Http1Client::Event> event = engine_.next_event()) {
    const auto* failed = std::get_if<http1::Failed>(&*event);
    if (failed != nullptr && failed->reason == http1::FailureReason::not_http1)
      report(trouble_of(*failed), seen);
  }
}

Http1Conversation::Progress Http1Conversation::take(const Http1Client::Event& event, AnswerReader& answer,
                                                    Observation& seen) {
  if (const auto* head = std::get_if<http1::ResponseHead>(&event)) {
    seen.stage = Stage::response_body;
    seen.timings.first_byte = loop_.now() - asked_;
    seen.status = head->status;
    for (const http1::Field& field : head->fields) answer.field(field.name, field.value);
  } else if (const auto* body = std::get_if<http1::BodyData>(&event)) {
    if (answer.body(body->bytes)) return Progress::goes_on;
    seen.stage = Stage::done;
    return Progress::over;
  } else if (const auto* end = std::get_if<http1::ResponseEnd>(&event)) {
    open_ = end->keeps_alive == http1::KeepsAlive::yes;
    seen.connection_close = !open_;
    seen.stage = Stage::done;
    return Progress::over;
  } else if (std::holds_alternative<http1::Upgraded>(event)) {
    report({ProbeFailure::malformed_response, "the server switched protocols although nobody asked for it"},
           seen);
    return Progress::over;
  } else if (const auto* failed = std::get_if<http1::Failed>(&event)) {
    report(trouble_of(*failed), seen);
    return Progress::over;
  }
  return Progress::goes_on;
}

Task<void> Http1Conversation::read_answer(Observation& seen) {
  AnswerReader answer(seen, settings_);
  Progress progress = Progress::goes_on;
  while (progress == Progress::goes_on) {
    // Drained to the end even when the answer is over, since the engine's input is the channel's.
    while (std::optional<Http1Client::Event> event = engine_.next_event()) {
      if (progress == Progress::goes_on) {
        progress = take(*event, answer, seen);
      } else if (std::holds_alternative<http1::Failed>(*event)) {
        open_ = false;
      }
    }
    if (progress == Progress::over) break;
    const Result<std::string_view, Trouble> bytes = co_await channel_.read();
    if (!bytes) {
      report(bytes.error(), seen);
      break;
    }
    if (bytes->empty()) {
      engine_.receive_end();
    } else {
      engine_.receive(*bytes);
    }
  }
  answer.finish();
}

}  // namespace

std::unique_ptr<Conversation> make_http1_conversation(Loop& loop, Channel& channel,
                                                      const ConversationSettings& settings) {
  return std::make_unique<Http1Conversation>(loop, channel, settings);
}

}  // namespace astray
