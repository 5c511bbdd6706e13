#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace astray::gateway {

/// Of a BackSettings in Configuration::backs, from 0.
enum class BackPosition : uint32_t {};

/// The backs of a route, each with its share of the requests.
class WeightedBacks {
 public:
  void add(BackPosition back, uint32_t weight);

  /// The same number gives the same back; over all 2^32 numbers each back gets its share, to within one
  /// number. Absent where no back has a weight.
  std::optional<BackPosition> choose(uint32_t random) const;
  bool empty() const { return shares_.empty(); }
  /// Those with a weight, in the order in which they were added.
  std::vector<BackPosition> all() const;

 private:
  struct Share {
    BackPosition back;
    uint64_t end;  ///< the weights up to this one, added up
  };
  std::vector<Share> shares_;
};

}  // namespace astray::gateway
