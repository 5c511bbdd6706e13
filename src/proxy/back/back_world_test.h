#pragma once
// What the tests of back/ share: backs in a network in memory and in virtual time, and a responder that
// writes down what it hears.
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/fake/network.h"
#include "io/fake/resolver.h"
#include "io/fake/virtual_loop.h"
#include "proxy/back/backs.h"
#include "proxy/back/test_server_test.h"

namespace astray::proxy::test {

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
