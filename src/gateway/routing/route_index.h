#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/routing/route_conditions.h"

namespace astray::gateway {

/// Which routes of a long list are worth asking about a path. A prefix or an exact path is filed under the
/// hash of its text; a path asks for itself as far as each of its slashes. Other routes are always asked.
/// Peers choose paths, not what is filed: they cannot make it slow.
class RouteIndex {
 public:
  /// Each route's conditions, in order.
  explicit RouteIndex(std::span<const RouteConditions* const> routes);

  /// Deeper texts are filed with those that are always asked.
  static constexpr size_t most_segments = 14;

  /// Numbers of routes, from 0, in ascending order. Each route that may take the path is among them; some
  /// that do not are, too. Valid as long as the index.
  class Candidates {
   public:
    std::optional<uint32_t> next();

   private:
    friend RouteIndex;
    void add(std::span<const uint32_t> list);

    // One for each slash, one for the whole path, one for what is always asked.
    std::array<std::span<const uint32_t>, most_segments + 2> lists_;
    size_t size_ = 0;
  };
  Candidates candidates(std::string_view path) const;

 private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t begin = 0;
    uint32_t size = 0;  ///< 0: the slot is empty
  };

  std::span<const uint32_t> find(uint64_t hash) const;

  std::vector<Slot> slots_;      ///< a power of two, at most half full
  std::vector<uint32_t> filed_;  ///< the slots' lists
  std::vector<uint32_t> always_;
};

}  // namespace astray::gateway
