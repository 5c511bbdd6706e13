#pragma once
#include <cstdint>

#include "gateway/configuration/back_settings.h"
#include "gateway/message.h"
#include "names/ip_address.h"

namespace astray::gateway {

/// What consistent hashing looks at, as a number: the same in every process, so that several gateways and
/// restarted ones agree. Authority in any letter case; the path as it came, without query; of a field that
/// has several lines all, in order. Without the field: the client's address, so that one back does not get
/// all requests that lack it.
uint64_t hash_of(const RequestHead& head, const BalancingSettings& balancing, const IpAddress& client);

}  // namespace astray::gateway
