#include "web/server.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "http1/server.h"
#include "http1/status_phrase.h"
#include "io/deadline.h"
#include "io/race.h"
#include "io/sleep.h"
#include "io/task_group.h"

namespace astray::web {
namespace {

http1::Limits engine_limits(const ServerLimits& limits) {
  http1::Limits engine;
  engine.head_bytes = limits.head_bytes;
  engine.line_bytes = engine.target_bytes = limits.head_bytes / 2;
  engine.fields = 64;
  engine.request_body_bytes = limits.body_bytes;
  engine.held_bytes = limits.head_bytes;
  return engine;
}

http1::Response response_of(const Answer& answer) {
  http1::Response response;
  response.status = answer.status;
  response.reason_phrase = http1::status_phrase(answer.status);
  for (const std::string& line : common_field_lines()) response.field_lines.push_back(line);
  response.field_lines.push_back(fmt::format("Content-Type: {}", answer.content_type));
  for (const std::string& line : answer.field_lines) response.field_lines.push_back(line);
  return response;
}

/// What the connections of one listener share.
struct Shared {
  Loop& loop;
  const Site& site;
  const ServerLimits limits;
  size_t streams = 0;
};

/// One of the streams at a time.
class StreamPlace {
 public:
  explicit StreamPlace(Shared& shared) : shared_(shared) { ++shared_.streams; }
  StreamPlace(const StreamPlace&) = delete;
  StreamPlace& operator=(const StreamPlace&) = delete;
  ~StreamPlace() { --shared_.streams; }

 private:
  Shared& shared_;
};

class ServerConnection {
 public:
  ServerConnection(Shared& shared, std::unique_ptr<Stream> stream)
      : shared_(shared), stream_(std::move(stream)), engine_(engine_limits(shared.limits)) {}

  Task<void> run();

 private:
  enum class Next : uint8_t { go_on, close };

  Task<Next> read();
  Task<Next> handle_events();
  Task<Next> answer_request();
  void respond(const Answer& answer, http1::KeepsAlive keep);
  Task<void> follow(std::shared_ptr<EventQueue> events);
  Task<void> write_events(EventQueue& events);
  Task<void> await_end_of_reader();
  Task<Next> send();
  Task<void> linger();

  Shared& shared_;
  std::unique_ptr<Stream> stream_;
  Http1Server engine_;
  std::array<char, 16 * 1024> buffer_;
  std::optional<Request> request_;
  MonotonicTime deadline_{};
  bool begun_ = false;  // the bytes of a request came, and not yet its end
};

Task<void> ServerConnection::run() {
  for (;;) {
    const Next read_next = co_await read();
    if (read_next == Next::close) co_return;
    const Next event_next = co_await handle_events();
    if (event_next == Next::close) co_return;
    const Next send_next = co_await send();
    if (send_next == Next::close) co_return;
    if (engine_.must_close()) break;
  }
  co_await linger();
}

Task<ServerConnection::Next> ServerConnection::read() {
  Loop& loop = shared_.loop;
  if (!begun_) deadline_ = loop.now() + shared_.limits.idle;
  Task<ReadResult> reading = stream_->read_some(buffer_);
  const Result<ReadResult, TimedOut> in_time = co_await with_deadline(loop, std::move(reading), deadline_);
  if (!in_time || !*in_time) co_return Next::close;
  const size_t count = **in_time;
  if (count == 0) {
    engine_.receive_end();
  } else {
    if (!begun_) deadline_ = loop.now() + shared_.limits.request;
    begun_ = true;
    engine_.receive(std::string_view(buffer_.data(), count));
  }
  co_return Next::go_on;
}

Task<ServerConnection::Next> ServerConnection::handle_events() {
  for (;;) {
    const std::optional<http1::ServerEvent> event = engine_.next_event();
    if (!event) co_return Next::go_on;
    if (const auto* head = std::get_if<http1::RequestHead>(&*event)) request_ = request_of(*head);
    if (const auto* data = std::get_if<http1::BodyData>(&*event)) request_->body += data->bytes;
    if (std::holds_alternative<http1::RequestEnd>(*event)) {
      const Next answer_next = co_await answer_request();
      if (answer_next == Next::close) co_return Next::close;
    }
    if (const auto* failed = std::get_if<http1::Failed>(&*event)) {
      if (failed->status == 0 || !engine_.awaits_response()) co_return Next::go_on;
      respond(plain_answer(failed->status, fmt::format("{}\n", describe(failed->reason))),
              http1::KeepsAlive::no);
    }
  }
}

Task<ServerConnection::Next> ServerConnection::answer_request() {
  begun_ = false;
  Task<Reply> answering = web::answer(shared_.site, *request_);
  const Reply reply = co_await std::move(answering);
  if (const auto* given = std::get_if<Answer>(&reply)) {
    respond(*given, http1::KeepsAlive::yes);
    co_return Next::go_on;
  }
  if (shared_.streams >= shared_.limits.streams) {
    Answer busy = plain_answer(503, "as many streams as may be are open\n");
    busy.field_lines.emplace_back("Retry-After: 30");
    respond(busy, http1::KeepsAlive::yes);
    co_return Next::go_on;
  }
  const StreamPlace place(shared_);
  co_await follow(std::get<EventStream>(reply).events);
  co_return Next::close;
}

void ServerConnection::respond(const Answer& answer, http1::KeepsAlive keep) {
  http1::Response response = response_of(answer);
  response.keep = keep;
  engine_.respond(std::move(response), answer.body);
}

Task<void> ServerConnection::follow(std::shared_ptr<EventQueue> events) {
  // nginx in front would otherwise collect events until its buffer is full.
  http1::Response response =
      response_of({.content_type = "text/event-stream", .field_lines = {"X-Accel-Buffering: no"}});
  response.body = http1::ResponseBody::chunked;
  response.keep = http1::KeepsAlive::no;
  engine_.respond(response);
  Task<void> writing = write_events(*events);
  Task<void> reading = await_end_of_reader();
  AnyEnd any({&writing, &reading});
  co_await any;
}

Task<void> ServerConnection::write_events(EventQueue& events) {
  for (;;) {
    const Next send_next = co_await send();
    if (send_next == Next::close || events.ended()) co_return;
    Task<void> waiting = events.wait();
    const MonotonicTime until = shared_.loop.now() + shared_.limits.heartbeat;
    const Result<void, TimedOut> came = co_await with_deadline(shared_.loop, std::move(waiting), until);
    const std::string texts = came ? events.take() : ":\n\n";
    if (!texts.empty()) engine_.send_body(texts);
  }
}

/// A reader that closes is noticed at once, not with the next event; what it sends meanwhile is dropped,
/// since the connection ends with the stream.
Task<void> ServerConnection::await_end_of_reader() {
  std::array<char, 256> dropped;
  for (size_t bytes = 0; bytes <= shared_.limits.head_bytes;) {
    const ReadResult count = co_await stream_->read_some(dropped);
    if (!count || *count == 0) co_return;
    bytes += *count;
  }
}

Task<ServerConnection::Next> ServerConnection::send() {
  const MonotonicTime end = shared_.loop.now() + shared_.limits.write;
  for (;;) {
    const size_t count = engine_.write_to(buffer_);
    if (count == 0) co_return Next::go_on;
    Task<Result<void, StreamError>> writing = stream_->write_all(std::string_view(buffer_.data(), count));
    const Result<Result<void, StreamError>, TimedOut> in_time =
        co_await with_deadline(shared_.loop, std::move(writing), end);
    if (!in_time || !*in_time) co_return Next::close;
  }
}

/// RFC 9112 §9.6: closed while bytes come, the response may be lost.
Task<void> ServerConnection::linger() {
  stream_->shutdown_write();
  const MonotonicTime end = shared_.loop.now() + std::chrono::seconds(1);
  for (;;) {
    Task<ReadResult> reading = stream_->read_some(buffer_);
    const Result<ReadResult, TimedOut> in_time =
        co_await with_deadline(shared_.loop, std::move(reading), end);
    if (!in_time || !*in_time || **in_time == 0) co_return;
  }
}

Task<void> serve_connection(Shared& shared, std::unique_ptr<Stream> stream) {
  ServerConnection connection(shared, std::move(stream));
  co_await connection.run();
}

}  // namespace

Task<void> serve(Loop& loop, StreamListener& listener, const Site& site, ServerLimits limits) {
  Shared shared{loop, site, limits};
  TaskGroup connections(loop, limits.connections);
  for (;;) {
    Result<std::unique_ptr<Stream>, AcceptError> accepted = co_await listener.accept();
    if (!accepted) {
      co_await sleep_for(loop, std::chrono::milliseconds(100));
      continue;
    }
    Task<void> connection = serve_connection(shared, std::move(*accepted));
    co_await connections.start(std::move(connection));
  }
}

}  // namespace astray::web
