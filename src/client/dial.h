#pragma once
// Happy Eyeballs (RFC 8305): the addresses of a host are tried in turn, families alternating, each a moment
// after the one before and while that still tries; the first connection wins.
#include <memory>
#include <span>
#include <vector>

#include "client/failure.h"
#include "io/loop.h"
#include "io/network.h"

namespace astray::client {

/// RFC 8305 §5 recommends it.
inline constexpr Duration connection_attempt_delay = std::chrono::milliseconds(250);

/// IPv6 first, then alternating (RFC 8305 §4); within a family turned by `seed`, so that not everybody takes
/// the first.
std::vector<IpAddress> dial_order(std::span<const IpAddress> addresses, uint32_t seed);

/// In the order given, which is not empty. The failure names every address.
Task<Result<std::unique_ptr<Stream>, FetchFailure>> dial(Loop& loop, Network& network,
                                                         std::vector<Endpoint> endpoints, Duration timeout);

}  // namespace astray::client
