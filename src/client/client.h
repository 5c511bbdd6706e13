#pragma once
// The HTTP client of one loop: a pool keyed by origin and TLS identity, connections shared between names only
// where judge_reuse lets them be, and one retry on a fresh connection after a 421 (judge_retry).
#include <memory>

#include "client/request.h"
#include "client/response.h"
#include "client/settings.h"
#include "io/loop.h"
#include "io/network.h"
#include "io/resolver.h"

namespace astray::client {

class Client {
 public:
  /// The three outlive it.
  Client(Loop& loop, Network& network, Resolver& resolver, Settings settings);
  /// Closes everything at once. No fetch may run any more.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Never sends a request twice, but after a 421, and where a server says that it has not looked at it
  /// (GOAWAY, REFUSED_STREAM). The consumer outlives the task; destroying the task cancels the fetch: its
  /// stream is reset, its connection lives on where the protocol lets it.
  Task<FetchReport> fetch(Request request, ResponseConsumer& consumer);

  /// Says goodbye on every connection: GOAWAY, close_notify. New fetches fail.
  Task<void> close();

  const Counters& counters() const;
  size_t connections() const;
  const Settings& settings() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace astray::client
