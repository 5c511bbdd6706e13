#include "simulation/proxy.h"

#include <array>

#include "io/race.h"
#include "io/sleep.h"

namespace astray::simulation {
namespace {

Task<bool> pump(Stream& from, Stream& to) {
  std::array<char, 4096> buffer;
  for (;;) {
    const ReadResult read = co_await from.read_some(buffer);
    if (!read || *read == 0) {
      to.shutdown_write();
      co_return true;
    }
    const Result<void, StreamError> written = co_await to.write_all(std::string_view(buffer.data(), *read));
    if (!written) co_return false;
  }
}

}  // namespace

Proxy::Proxy(Loop& loop, Network& network, Endpoint at, Endpoint back, ProxyManner manner)
    : loop_(loop),
      network_(network),
      back_(back),
      manner_(manner),
      listener_(network.listen(at).value()),
      connections_(loop, SIZE_MAX),
      accepting_(loop.spawn(accept_all())) {}

Task<void> Proxy::accept_all() {
  for (;;) {
    auto stream = co_await listener_->accept();
    if (!stream) continue;
    Task<void> serving = serve(std::move(*stream));
    co_await connections_.start(std::move(serving));
  }
}

Task<void> Proxy::relay(Stream& client) {
  auto back = co_await network_.connect(back_);
  if (!back) co_return;
  std::vector<Task<bool>> ways;
  ways.push_back(pump(client, **back));
  ways.push_back(pump(**back, client));
  co_await all_of(std::move(ways));
}

Task<void> Proxy::serve(std::unique_ptr<Stream> client) {
  std::string head;
  std::array<char, 1024> buffer;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const ReadResult read = co_await client->read_some(buffer);
    if (!read || *read == 0) co_return;
    head.append(buffer.data(), *read);
  }
  last_head_ = head;
  std::string_view answer = "HTTP/1.1 200 Connection established\r\n\r\n";
  if (!head.starts_with("CONNECT "))
    answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nforwarded";
  if (manner_ == ProxyManner::refuses) answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
  if (manner_ == ProxyManner::wants_password)
    answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
  if (manner_ == ProxyManner::no_http) answer = "220 ftp.example ready\r\n";
  if (manner_ == ProxyManner::speaks_first)
    answer = "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
  if (manner_ == ProxyManner::hangs_up) co_return;
  if (manner_ == ProxyManner::silent) {
    co_await sleep_for(loop_, std::chrono::hours(24));
    co_return;
  }
  co_await client->write_all(answer);
  if (manner_ != ProxyManner::honest || !head.starts_with("CONNECT ")) co_return;
  ++tunnels_;
  co_await relay(*client);
}

}  // namespace astray::simulation
