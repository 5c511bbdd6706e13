#pragma once
// A receiver in memory and in virtual time, and what outlets need to reach it.
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "io/fake/network.h"
#include "io/fake/resolver.h"
#include "io/fake/virtual_loop.h"
#include "io/task_group.h"
#include "watch/outlets/outlet.h"
#include "watch/outlets/outlet_tools.h"
#include "watch/outlets/remembering_store_test.h"

namespace astray::watch::test {

struct Received {
  std::string head;  ///< request line and field lines
  std::string body;
  Duration at{};            ///< since the world began
  uint64_t connection = 0;  ///< from 1

  /// The value of a field line; "" when it is not there.
  std::string field(std::string_view name) const;
};

/// What the receiver does with a message: bytes that it sends, or silence, or a closed connection.
struct Response {
  std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  bool closes = false;

  static Response status(int status, const std::string& body = "", const std::string& fields = "");
  static Response silence() { return {"", false}; }
  static Response closing() { return {"", true}; }
};

class OutletWorld {
 public:
  OutletWorld();

  /// Answers the next messages, one each; afterwards all are taken (200).
  std::deque<Response> responses;
  std::vector<Received> received;
  RememberingStore store;
  fake::VirtualLoop loop;
  fake::Network network;
  fake::Resolver resolver;

  /// Nobody listens any more, connections are closed; up() again.
  void down();
  void up();
  void run_for(Duration duration);
  Instant now() const;
  OutletTools tools();
  /// Stores the round, as the watcher does, and offers it.
  void add_round(Outlet& outlet, RoundRecord round);

  static constexpr const char* address = "http://192.0.2.9:8080";
  static constexpr Instant began{1'764'400'000};

 private:
  Task<void> listen();
  Task<void> serve(std::unique_ptr<Stream> stream, uint64_t number);

  std::unique_ptr<StreamListener> listener_;
  uint64_t connections_ = 0;
  Sender sender_;
  std::unique_ptr<TaskGroup> serving_;
  SpawnedTask listening_;
};

/// A problem called `id` for a name, as the detector makes them.
Problem problem_of(const std::string& id, ProblemState state);
ProblemEvent event_of(ProblemStep step, const Problem& problem);
/// One event, and its problem while it lasts.
RoundRecord round_of(ProblemStep step, const std::string& id);

}  // namespace astray::watch::test
