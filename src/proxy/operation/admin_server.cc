#include "proxy/operation/admin_server.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ascii.h"
#include "gateway/refusal/status_phrase.h"
#include "http1/server.h"
#include "io/deadline.h"
#include "io/sleep.h"
#include "io/task_group.h"

namespace astray::proxy {
namespace {

http1::Limits admin_engine_limits(const AdminLimits& limits) {
  http1::Limits engine;
  engine.head_bytes = limits.head_bytes;
  engine.line_bytes = engine.target_bytes = limits.head_bytes / 2;
  engine.fields = 64;
  engine.request_body_bytes = limits.body_bytes;
  engine.held_bytes = limits.head_bytes;
  return engine;
}

AdminRequest admin_request_of(const http1::RequestHead& head) {
  AdminRequest request;
  request.method = head.method;
  // Of the absolute form, the authority counts instead of Host (RFC 9112 §3.2.2).
  request.target =
      head.target.form == http1::TargetForm::absolute ? head.target.path_and_query : head.raw_target;
  for (const http1::Field& field : head.fields) {
    if (ascii_iequals(field.name, "host")) request.hosts.emplace_back(field.value);
    if (ascii_iequals(field.name, "origin")) request.origin = field.value;
    if (ascii_iequals(field.name, "sec-fetch-site")) request.sec_fetch_site = field.value;
  }
  if (head.target.form == http1::TargetForm::absolute)
    request.hosts.assign(1, std::string(head.target.authority));
  return request;
}

void respond_to_operator(Http1Server& engine, const AdminAnswer& answer, http1::KeepsAlive keep) {
  http1::Response response;
  response.status = answer.status;
  response.reason_phrase = gateway::status_phrase(answer.status);
  for (const std::string& line : admin_field_lines()) response.field_lines.push_back(line);
  response.field_lines.push_back(fmt::format("Content-Type: {}", answer.content_type));
  for (const std::string& line : answer.field_lines) response.field_lines.push_back(line);
  response.keep = keep;
  engine.respond(std::move(response), answer.body);
}

/// One connection of the operator.
class AdminConnection {
 public:
  AdminConnection(Loop& loop, std::unique_ptr<Stream> stream, AdminSource& source, const Endpoint& configured,
                  const AdminLimits& limits)
      : loop_(loop),
        stream_(std::move(stream)),
        source_(source),
        configured_(configured),
        limits_(limits),
        engine_(admin_engine_limits(limits)) {}

  Task<void> run();

 private:
  enum class Next : uint8_t { go_on, close };

  Task<Next> read();
  Task<void> handle_events();
  Task<void> answer();
  Task<Next> send();
  Task<void> linger();

  Loop& loop_;
  std::unique_ptr<Stream> stream_;
  AdminSource& source_;
  const Endpoint configured_;
  const AdminLimits limits_;
  Http1Server engine_;
  std::array<char, 16 * 1024> buffer_;
  std::optional<AdminRequest> request_;
  MonotonicTime deadline_{};
  bool begun_ = false;  // the bytes of a request came, and not yet its end
};

Task<void> AdminConnection::run() {
  for (;;) {
    const Next read_next = co_await read();
    if (read_next == Next::close) co_return;
    co_await handle_events();
    const Next send_next = co_await send();
    if (send_next == Next::close) co_return;
    if (engine_.must_close()) break;
  }
  co_await linger();
}

Task<AdminConnection::Next> AdminConnection::read() {
  if (!begun_) deadline_ = loop_.now() + limits_.idle;
  Task<ReadResult> reading = stream_->read_some(buffer_);
  const Result<ReadResult, TimedOut> in_time = co_await with_deadline(loop_, std::move(reading), deadline_);
  if (!in_time || !*in_time) co_return Next::close;
  const size_t count = **in_time;
  if (count == 0) {
    engine_.receive_end();
  } else {
    if (!begun_) deadline_ = loop_.now() + limits_.request;
    begun_ = true;
    engine_.receive(std::string_view(buffer_.data(), count));
  }
  co_return Next::go_on;
}

Task<void> AdminConnection::handle_events() {
  for (;;) {
    const std::optional<http1::ServerEvent> event = engine_.next_event();
    if (!event) co_return;
    if (const auto* head = std::get_if<http1::RequestHead>(&*event)) request_ = admin_request_of(*head);
    if (std::holds_alternative<http1::RequestEnd>(*event)) co_await answer();
    if (const auto* failed = std::get_if<http1::Failed>(&*event)) {
      if (failed->status == 0 || !engine_.awaits_response()) co_return;
      const AdminAnswer refusal{.status = failed->status,
                                .body = fmt::format("{}\n", describe(failed->reason))};
      respond_to_operator(engine_, refusal, http1::KeepsAlive::no);
    }
  }
}

Task<void> AdminConnection::answer() {
  begun_ = false;
  const auto answered = answer_admin(*request_, source_, configured_);
  if (const auto* answer = std::get_if<AdminAnswer>(&answered)) {
    respond_to_operator(engine_, *answer, http1::KeepsAlive::yes);
    co_return;
  }
  Task<Result<uint64_t>> reloading = source_.reload();
  const Result<uint64_t> reloaded = co_await std::move(reloading);
  respond_to_operator(engine_, answer_reload(reloaded), http1::KeepsAlive::yes);
}

Task<AdminConnection::Next> AdminConnection::send() {
  const MonotonicTime end = loop_.now() + limits_.write;
  for (;;) {
    const size_t count = engine_.write_to(buffer_);
    if (count == 0) co_return Next::go_on;
    Task<Result<void, StreamError>> writing = stream_->write_all(std::string_view(buffer_.data(), count));
    const Result<Result<void, StreamError>, TimedOut> in_time =
        co_await with_deadline(loop_, std::move(writing), end);
    if (!in_time || !*in_time) co_return Next::close;
  }
}

/// RFC 9112 §9.6: closed while bytes come, the response may be lost.
Task<void> AdminConnection::linger() {
  stream_->shutdown_write();
  const MonotonicTime end = loop_.now() + std::chrono::seconds(1);
  for (;;) {
    Task<ReadResult> reading = stream_->read_some(buffer_);
    const Result<ReadResult, TimedOut> in_time = co_await with_deadline(loop_, std::move(reading), end);
    if (!in_time || !*in_time || **in_time == 0) co_return;
  }
}

Task<void> serve_admin_connection(Loop& loop, std::unique_ptr<Stream> stream, AdminSource& source,
                                  Endpoint configured, AdminLimits limits) {
  AdminConnection connection(loop, std::move(stream), source, configured, limits);
  co_await connection.run();
}

}  // namespace

Task<void> serve_admin(Loop& loop, StreamListener& listener, AdminSource& source, Endpoint configured,
                       AdminLimits limits) {
  TaskGroup connections(loop, limits.connections);
  for (;;) {
    Result<std::unique_ptr<Stream>, AcceptError> accepted = co_await listener.accept();
    if (!accepted) {
      co_await sleep_for(loop, std::chrono::milliseconds(100));
      continue;
    }
    Task<void> connection = serve_admin_connection(loop, std::move(*accepted), source, configured, limits);
    co_await connections.start(std::move(connection));
  }
}

}  // namespace astray::proxy
