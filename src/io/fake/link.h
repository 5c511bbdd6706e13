#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/monotonic_time.h"

namespace astray::fake {

/// How reads are shortened.
enum class Delivery : uint8_t {
  whole,        ///< as much as has arrived and fits
  one_byte,     ///< every read gives one byte
  random_size,  ///< 1 to what has arrived, drawn from the network's seed
};

/// One direction of a connection.
struct LinkDirection {
  Delivery delivery = Delivery::whole;
  std::optional<uint64_t> bytes_per_second;  ///< none: no limit
  std::optional<uint64_t> reset_after;       ///< so many bytes arrive, then both ends are reset
  std::optional<uint64_t> silent_after;      ///< so many bytes arrive, then nothing more, and no end
  size_t buffer = 65536;                     ///< bytes under way or unread before a writer waits
};

/// What connects do, and what their connections are like.
struct Link {
  Duration latency = std::chrono::microseconds(100);  ///< one way
  LinkDirection to_server;
  LinkDirection to_client;
};

}  // namespace astray::fake
