#include <array>

#include "http2/client.h"
#include "probe/conversation.h"

namespace astray {
namespace {

http2::Fields fields_of(const RequestQuestion& question, const ConversationSettings& settings) {
  http2::Fields fields;
  fields.push_back({":method", "GET"});
  fields.push_back({":scheme", to_string(settings.scheme)});
  if (question.placement == Placement::authority_conflict) {
    fields.push_back({":authority", question.other});
  } else if (question.host && question.placement != Placement::host_field_alone) {
    fields.push_back({":authority", *question.host});
  }
  fields.push_back({":path", question.path});
  const bool has_host_field = question.placement == Placement::authority_conflict ||
                              question.placement == Placement::host_field_alone;
  if (has_host_field && question.host) fields.push_back({"host", *question.host});
  fields.push_back({"user-agent", settings.user_agent});
  fields.push_back({"accept", "*/*"});
  return fields;
}

/// Of ORIGIN frames is kept: every cell of the connection has a copy.
constexpr size_t most_origins = 1000;
constexpr size_t most_origin_bytes = 16 * 1024;

/// A body beyond the limit is reset, not read. The engine's own deadlines are not run: the cell's is for all.
class Http2Conversation final : public Conversation {
 public:
  Http2Conversation(Loop& loop, Channel& channel, const ConversationSettings& settings)
      : loop_(loop), channel_(channel), settings_(settings), engine_(http2::Options{}, loop.now()) {}

  Task<void> ask(const RequestQuestion& question, Observation& seen) override;
  bool open() const override { return open_; }

 private:
  enum class Progress : uint8_t { goes_on, over };

  Task<Result<void, Trouble>> flush();
  Task<void> read_answer(http2::StreamId stream, Observation& seen);
  Progress take(const Http2Client::Event& event, http2::StreamId stream, AnswerReader& answer,
                Observation& seen);
  void take(const Http2Client::Event& event);

  Loop& loop_;
  Channel& channel_;
  const ConversationSettings& settings_;
  Http2Client engine_;
  std::optional<http2::GoAway> goaway_;
  std::vector<std::string> origin_set_;
  size_t origin_bytes_ = 0;
  bool origin_frame_ = false;
  std::string alt_svc_;
  bool open_ = true;
  MonotonicTime asked_{};
  std::array<char, 4 * 1024> output_;
};

Task<Result<void, Trouble>> Http2Conversation::flush() {
  while (true) {
    const size_t size = engine_.write_to(output_);
    if (size == 0) co_return Result<void, Trouble>();
    Result<void, Trouble> written = co_await channel_.write(std::string_view(output_.data(), size));
    if (!written) co_return written;
  }
}

Task<void> Http2Conversation::ask(const RequestQuestion& question, Observation& seen) {
  seen.stage = Stage::request;
  asked_ = loop_.now();
  const Result<http2::StreamId, http2::CommandError> stream = engine_.request(fields_of(question, settings_));
  if (!stream) {
    open_ = false;
    report({ProbeFailure::goaway, "the server takes no more requests on this connection (" +
                                      std::string(to_string(stream.error())) + ")"},
           seen);
    co_return;
  }
  const Result<void, Trouble> written = co_await flush();
  seen.stage = Stage::response_head;
  co_await read_answer(*stream, seen);
  if (!written && seen.failure != ProbeFailure::none && seen.failure != ProbeFailure::tls_alert) {
    report(written.error(), seen);
  }
  seen.origin_set = origin_set_;
  seen.origin_frame = origin_frame_;
}

void Http2Conversation::take(const Http2Client::Event& event) {
  if (const auto* origin = std::get_if<http2::OriginFrame>(&event)) {
    origin_frame_ = true;
    for (const std::string& each : origin->origins) {
      origin_bytes_ += each.size();
      if (origin_set_.size() < most_origins && origin_bytes_ <= most_origin_bytes)
        origin_set_.push_back(each);
    }
  } else if (const auto* alt_svc = std::get_if<http2::AltSvcFrame>(&event)) {
    alt_svc_ = alt_svc->value;
  } else if (const auto* goaway = std::get_if<http2::GoAway>(&event)) {
    goaway_ = *goaway;
    open_ = false;
  } else if (std::holds_alternative<http2::ConnectionEnd>(event) ||
             std::holds_alternative<http2::ConnectionFailure>(event)) {
    open_ = false;
  }
}

Http2Conversation::Progress Http2Conversation::take(const Http2Client::Event& event, http2::StreamId stream,
                                                    AnswerReader& answer, Observation& seen) {
  const auto fails = [&](const Trouble& trouble) {
    report(trouble, seen);
    return Progress::over;
  };
  if (const auto* head = std::get_if<http2::ResponseHead>(&event);
      head != nullptr && head->stream == stream) {
    seen.stage = Stage::response_body;
    seen.timings.first_byte = loop_.now() - asked_;
    seen.status = head->status;
    for (const http2::Field field : head->fields) answer.field(field.name, field.value);
  } else if (const auto* body = std::get_if<http2::BodyData>(&event);
             body != nullptr && body->stream == stream) {
    if (answer.body(body->bytes)) return Progress::goes_on;
    (void)engine_.reset(stream, http2::ErrorCode::cancel);
    seen.stage = Stage::done;
    return Progress::over;
  } else if (const auto* done = std::get_if<http2::ResponseEnd>(&event);
             done != nullptr && done->stream == stream) {
    seen.connection_close = !open_;
    seen.stage = Stage::done;
    return Progress::over;
  } else if (const auto* reset = std::get_if<http2::StreamReset>(&event);
             reset != nullptr && reset->stream == stream) {
    return fails(trouble_of(*reset));
  } else if (const auto* goaway = std::get_if<http2::GoAway>(&event);
             goaway != nullptr && goaway->last_stream < stream) {
    return fails(trouble_of(*goaway));
  } else if (const auto* failure = std::get_if<http2::ConnectionFailure>(&event)) {
    const Trouble trouble = trouble_of(*failure);
    // What it said before it closed is the reason.
    if (goaway_ && trouble.failure == ProbeFailure::closed_early) return fails(trouble_of(*goaway_));
    return fails(trouble);
  } else if (std::holds_alternative<http2::ConnectionEnd>(event)) {
    return fails(goaway_ ? trouble_of(*goaway_) : closed_early("before it answered"));
  }
  return Progress::goes_on;
}

Task<void> Http2Conversation::read_answer(http2::StreamId stream, Observation& seen) {
  AnswerReader answer(seen, settings_);
  Progress progress = Progress::goes_on;
  while (progress == Progress::goes_on) {
    // Drained to the end even when the answer is over, since the engine's input is the channel's.
    while (std::optional<Http2Client::Event> event = engine_.next_event()) {
      take(*event);
      if (progress == Progress::goes_on) progress = take(*event, stream, answer, seen);
    }
    co_await flush();
    if (progress == Progress::over) break;
    const Result<std::string_view, Trouble> bytes = co_await channel_.read();
    if (!bytes) {
      open_ = false;
      report(bytes.error(), seen);
      break;
    }
    if (bytes->empty()) {
      engine_.receive_end();
    } else {
      engine_.receive(*bytes);
    }
  }
  if (seen.alt_svc.empty()) answer.field("alt-svc", alt_svc_);
  answer.finish();
}

}  // namespace

std::unique_ptr<Conversation> make_http2_conversation(Loop& loop, Channel& channel,
                                                      const ConversationSettings& settings) {
  return std::make_unique<Http2Conversation>(loop, channel, settings);
}

}  // namespace astray
