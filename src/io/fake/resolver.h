#pragma once
#include <map>

#include "io/loop.h"
#include "io/resolver.h"

namespace astray::fake {

/// Answers from a table, after a while.
class Resolver final : public astray::Resolver {
 public:
  explicit Resolver(Loop& loop, Duration latency = std::chrono::milliseconds(1))
      : loop_(loop), latency_(latency) {}

  void set(Hostname name, std::vector<IpAddress> addresses);
  void set(Hostname name, ResolveError error);
  /// No answer for a year.
  void swallow(Hostname name);
  /// A name that is not in the table: not_found.
  Task<Result<std::vector<IpAddress>, ResolveError>> resolve(Hostname name) override;

 private:
  struct Answer {
    std::optional<Result<std::vector<IpAddress>, ResolveError>> result;  // none: silence
  };
  Loop& loop_;
  Duration latency_;
  std::map<Hostname, Answer> table_;
};

}  // namespace astray::fake
