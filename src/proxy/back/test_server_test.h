#pragma once
// Servers for the tests of back/, over any network: they do what a script says, or answer over HTTP/2.
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http2/server.h"
#include "io/network.h"
#include "io/wait_queue.h"
#include "tls/engine/server.h"

namespace astray::proxy::test {

using namespace std::chrono_literals;  // NOLINT: for tests alone

/// "10.0.0.1:80"
Endpoint at(std::string_view text);

enum class Ending : uint8_t { open, close, abort };

/// The server's end of HTTP on one connection.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual void receive(std::string_view bytes) = 0;
  virtual size_t write_to(std::span<char> buffer) = 0;
  virtual Ending ending() const { return Ending::open; }
};

/// One connection that a TestServer accepted.
class Served {
 public:
  Served(Loop& loop, std::unique_ptr<Stream> stream, std::unique_ptr<Peer> peer,
         std::shared_ptr<const tls::ServerContext> context);
  std::string received;  ///< of HTTP
  std::optional<std::string> sni;
  bool resumed = false;
  bool client_closed = false;
  /// The peer has something to say, or to do.
  void wake() { work_.wake_all(); }
  Peer& peer() { return *peer_; }

 private:
  Task<void> read();
  Task<void> write();
  void take(std::string_view bytes);
  std::string output();

  Loop& loop_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<Peer> peer_;
  std::optional<tls::Server> tls_;
  WaitQueue work_;
  SpawnedTask reader_, writer_;
};

class TestServer {
 public:
  /// Of the connection's number, from 0.
  using MakePeer = std::function<std::unique_ptr<Peer>(size_t)>;
  TestServer(Loop& loop, Network& network, Endpoint where, MakePeer make,
             std::shared_ptr<const tls::ServerContext> context = nullptr);
  std::deque<Served> connections;

 private:
  Task<void> accept();
  Loop& loop_;
  MakePeer make_;
  std::shared_ptr<const tls::ServerContext> context_;
  std::unique_ptr<StreamListener> listener_;
  SpawnedTask accepting_;
};

/// Requests that came, on all connections. Of HTTP/1.1.
size_t requests_to(const TestServer& server);

/// Waits until `await` has come, then says `send`, then `then`. The last step is repeated if it is open.
struct Step {
  std::string await = "\r\n\r\n";
  std::string send = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  Ending then = Ending::open;
};
std::unique_ptr<Peer> http1_peer(std::vector<Step> steps = {{}});
/// Every connection has these steps.
TestServer::MakePeer http1(std::vector<Step> steps = {{}});

class Http2Peer final : public Peer {
 public:
  /// Nothing: "200 ok" to every request that ends.
  using Answer = std::function<void(Http2Peer&, const Http2Server::Event&)>;
  Http2Peer(MonotonicTime now, Answer answer, http2::Options options = {});
  void receive(std::string_view bytes) override;
  size_t write_to(std::span<char> buffer) override;
  Ending ending() const override { return closing; }
  /// One more entry in the engine's own SETTINGS; at the beginning.
  void announce(http2::Setting setting);

  Http2Server engine;
  std::string raw;  ///< goes out in front of what the engine says
  std::vector<http2::RequestHead> requests;
  std::string body;
  std::vector<std::string> resets;
  Ending closing = Ending::open;

 private:
  Answer answer_;
};
TestServer::MakePeer http2_peers(Loop& loop, Http2Peer::Answer answer = {}, http2::Options options = {});

}  // namespace astray::proxy::test
