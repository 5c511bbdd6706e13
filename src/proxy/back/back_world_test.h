#pragma once
// What the tests of back/ share: backs in a network in memory and in virtual time, servers that do what a
// script says, and a responder that writes down what it hears.
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http2/server.h"
#include "io/fake/network.h"
#include "io/fake/resolver.h"
#include "io/fake/virtual_loop.h"
#include "io/wait_queue.h"
#include "proxy/back/backs.h"
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

class Recorder final : public BackResponder {
 public:
  explicit Recorder(Loop& loop) : loop_(&loop) {}
  std::unique_ptr<BackRequest> request;
  std::string log;  ///< "connection head:200 body end"
  std::string body;
  std::optional<ResponseHead> head;
  std::optional<Fields> trailers;
  std::optional<BackFailure> failure;
  std::optional<BackConnectionFacts> connection;
  MonotonicTime ended_at{};
  std::string destroy_at{};  ///< the call in which it destroys the request: "head"
  enum class Appetite : uint8_t { all, none } appetite = Appetite::all;
  std::function<void()> when_room{}, when_ended{};

  bool ended() const { return ended_at != MonotonicTime{}; }
  std::string field(std::string_view name) const;

 private:
  void on_connection(const BackConnectionFacts& facts) override;
  void on_interim(int status, Fields fields) override;
  void on_head(ResponseHead head) override;
  void on_body(std::string_view bytes) override;
  void on_trailers(Fields fields) override;
  void on_end() override;
  void on_failure(BackFailure failure) override;
  void on_room() override;
  void note(std::string_view what, const std::string& detail = {});

  Loop* loop_;
  bool destroyed_ = false;
};

/// One back with sensible settings, unless told otherwise before begin().
class BackWorld {
 public:
  explicit BackWorld(std::vector<std::string> addresses = {"10.0.0.1:80"},
                     gateway::BackProtocol protocol = gateway::BackProtocol::http1);
  gateway::BackSettings& settings() { return settings_.front(); }
  TestServer& serve(std::string_view where, TestServer::MakePeer make,
                    std::shared_ptr<const tls::ServerContext> context = nullptr);
  Backs& backs();
  const BackCounters& counters() { return backs().counters(BackIndex{0}); }
  void run(Duration duration);
  /// A request that is sent at once.
  std::unique_ptr<Recorder> send(RequestHead head, BackWish wish = {.back = BackIndex{0}});
  std::unique_ptr<Recorder> get(std::string authority = "www.example.com",
                                BackWish wish = {.back = BackIndex{0}});

  fake::VirtualLoop loop;
  fake::Network network{loop};
  fake::Resolver resolver{loop};
  std::shared_ptr<HealthBoard> health = std::make_shared<HealthBoard>();
  HealthChecks checks = HealthChecks::run;
  PreparedBacks prepared;  ///< null: prepared by backs()

 private:
  std::atomic<uint64_t> ids_{0};
  std::vector<gateway::BackSettings> settings_;
  std::deque<TestServer> servers_;
  std::unique_ptr<Backs> backs_;
};

RequestHead get_head(std::string authority = "www.example.com");
RequestHead post_head(std::optional<uint64_t> length);

}  // namespace astray::proxy::test
