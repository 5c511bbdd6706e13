#include "client/tunnel.h"

#include <fmt/format.h>

#include <array>

#include "http1/client.h"
#include "names/raw_host.h"

namespace astray::client {
namespace {

class Tunnelling {
 public:
  Tunnelling(Stream& stream, const Proxy& proxy) : stream_(stream), proxy_(proxy) {}
  Task<Result<void, FetchFailure>> run(const std::string& target, const std::string& user_agent);

 private:
  enum class State : uint8_t { asking, open, failed };

  void take(const Http1Client::Event& event);
  void fail(FailureKind kind, std::string_view what) {
    if (state_ == State::failed) return;
    state_ = State::failed;
    failure_ = {kind, Phase::proxy_tunnel, fmt::format("the proxy {} {}", proxy_.authority.text(), what),
                Processing::impossible};
  }

  Stream& stream_;
  const Proxy& proxy_;
  Http1Client engine_;
  State state_ = State::asking;
  FetchFailure failure_;
  std::array<char, 4096> buffer_;
};

void Tunnelling::take(const Http1Client::Event& event) {
  if (const auto* head = std::get_if<http1::ResponseHead>(&event)) {
    if (head->status / 100 == 2) return;
    std::string_view hint;
    if (head->status == 407) hint = "; give user and password in the proxy's address: http://user:password@…";
    fail(FailureKind::proxy_refused,
         fmt::format("refused the tunnel: {} {}{}", head->status,
                     RawHost(std::string(head->reason_phrase)).printable(), hint));
  } else if (std::holds_alternative<http1::Upgraded>(event)) {
    if (state_ == State::asking) state_ = State::open;
  } else if (std::holds_alternative<http1::BodyData>(event)) {
    // In a tunnel the client speaks first: these bytes are not the server's answer to anything.
    if (state_ == State::open)
      fail(FailureKind::proxy_failed, "sent bytes into the tunnel before the client did");
  } else if (const auto* failed = std::get_if<http1::Failed>(&event)) {
    std::string what(http1::describe(failed->reason));
    if (!failed->first_bytes.empty())
      what += fmt::format(": \"{}\"", RawHost(std::string(failed->first_bytes)).printable());
    fail(FailureKind::proxy_failed, fmt::format("gave no answer to CONNECT: {}", what));
  }
}

Task<Result<void, FetchFailure>> Tunnelling::run(const std::string& target, const std::string& user_agent) {
  http1::Request request{
      .method = "CONNECT", .target = target, .field_lines = {"Host: " + target, "User-Agent: " + user_agent}};
  if (proxy_.authorization) request.field_lines.add("Proxy-Authorization", *proxy_.authorization);
  engine_.send(request);
  for (size_t size = engine_.write_to(buffer_); size != 0; size = engine_.write_to(buffer_)) {
    const Result<void, StreamError> written =
        co_await stream_.write_all(std::string_view(buffer_.data(), size));
    // Why is told by reading.
    if (!written) break;
  }
  while (state_ == State::asking) {
    const ReadResult read = co_await stream_.read_some(buffer_);
    if (!read) {
      fail(FailureKind::proxy_failed, "broke the connection: " + describe(read.error()));
      break;
    }
    if (*read == 0) {
      engine_.receive_end();
    } else {
      engine_.receive(std::string_view(buffer_.data(), *read));
    }
    while (std::optional<Http1Client::Event> event = engine_.next_event()) take(*event);
  }
  if (state_ == State::failed) co_return Failure<FetchFailure>(failure_);
  co_return Result<void, FetchFailure>();
}

}  // namespace

Task<Result<void, FetchFailure>> open_tunnel(Stream& stream, std::string target, Proxy proxy,
                                             std::string user_agent) {
  Tunnelling tunnelling(stream, proxy);
  co_return co_await tunnelling.run(target, user_agent);
}

}  // namespace astray::client
