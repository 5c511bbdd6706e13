#include "io/fake/resolver.h"

#include <algorithm>

#include "io/sleep.h"

namespace astray::fake {

void Resolver::set(Hostname name, std::vector<IpAddress> addresses) {
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  CHECK(!addresses.empty());
  table_[std::move(name)] = {std::move(addresses)};
}

void Resolver::set(Hostname name, ResolveError error) {
  table_[std::move(name)] = {Failure<ResolveError>(std::move(error))};
}

void Resolver::swallow(Hostname name) {
  table_[std::move(name)] = {std::nullopt};
}

Task<Result<std::vector<IpAddress>, ResolveError>> Resolver::resolve(Hostname name) {
  auto found = table_.find(name);
  Answer answer;
  if (found == table_.end())
    answer.result =
        Failure<ResolveError>(ResolveError{ResolveError::Kind::not_found, "Domain name not found"});
  else
    answer = found->second;
  co_await sleep_for(loop_, answer.result ? latency_ : Duration(std::chrono::hours(24 * 365)));
  if (!answer.result)
    co_return Failure<ResolveError>(
        ResolveError{ResolveError::Kind::timed_out, "Timeout while contacting DNS servers"});
  co_return std::move(*answer.result);
}

}  // namespace astray::fake
