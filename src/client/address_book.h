#pragma once
// Where a host is: literal addresses, what the user said, and DNS with a memory.
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "client/failure.h"
#include "client/settings.h"
#include "io/resolver.h"
#include "io/wait_queue.h"

namespace astray::client {

class AddressBook {
 public:
  using Addresses = std::shared_ptr<const std::vector<IpAddress>>;

  /// All outlive it.
  AddressBook(Loop& loop, Resolver& resolver, const Settings& settings);

  /// What needs no question; null: ask.
  Addresses known(const Host& host, Port port);
  /// One question at a time for each name, however many want to know.
  Task<Result<Addresses, FetchFailure>> resolve(Host host, Port port, Duration timeout);
  /// The next resolve() asks again.
  void forget(const Host& host);

 private:
  struct Known {
    Addresses addresses;
    MonotonicTime until;
  };
  struct Question {
    explicit Question(Loop& loop) : answered(loop) {}
    WaitQueue answered;
    size_t waiting = 0;
  };
  class Asking;

  Result<Addresses, FetchFailure> usable(std::vector<IpAddress> addresses, const Host& host) const;
  Task<Result<Addresses, FetchFailure>> ask(Hostname name, Duration timeout);

  Loop& loop_;
  Resolver& resolver_;
  const Settings& settings_;
  std::unordered_map<std::string, Known> known_;
  std::unordered_map<std::string, std::shared_ptr<Question>> asked_;
};

}  // namespace astray::client
