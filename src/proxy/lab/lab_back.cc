#include "proxy/lab/lab_back.h"

#include <array>

#include <fmt/format.h>

#include "base/ascii.h"
#include "http1/server.h"

namespace astray::proxy {
namespace {

constexpr size_t most_connections = 64;

std::string host_of(const http1::RequestHead& head) {
  for (const http1::Field& field : head.fields)
    if (ascii_iequals(field.name, "host")) return std::string(field.value);
  return {};
}

}  // namespace

LabBack::LabBack(Loop& loop, std::unique_ptr<StreamListener> listener, std::string name)
    : loop_(loop),
      listener_(std::move(listener)),
      name_(std::move(name)),
      connections_(loop, most_connections),
      accepting_(loop.spawn(accept_all())) {}

Task<void> LabBack::accept_all() {
  for (;;) {
    Result<std::unique_ptr<Stream>, AcceptError> accepted = co_await listener_->accept();
    if (!accepted) continue;
    Task<void> connection = serve(std::move(*accepted));
    co_await connections_.start(std::move(connection));
  }
}

Task<void> LabBack::serve(std::unique_ptr<Stream> stream) {
  std::array<char, 8 * 1024> buffer;
  Http1Server engine;
  std::string host;
  for (;;) {
    const ReadResult read = co_await stream->read_some(buffer);
    if (!read || *read == 0) co_return;
    engine.receive(std::string_view(buffer.data(), *read));
    while (const std::optional<http1::ServerEvent> event = engine.next_event()) {
      if (const auto* head = std::get_if<http1::RequestHead>(&*event)) host = host_of(*head);
      if (std::holds_alternative<http1::RequestEnd>(*event)) {
        asked_.push_back(host);
        engine.respond({.reason_phrase = "OK", .field_lines = {"Content-Type: text/plain"}},
                       fmt::format("{} answers for {}\n", name_, host));
      }
    }
    while (const size_t size = engine.write_to(buffer)) {
      const Result<void, StreamError> written =
          co_await stream->write_all(std::string_view(buffer.data(), size));
      if (!written) co_return;
    }
    if (engine.must_close()) co_return;
  }
}

}  // namespace astray::proxy
