#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "base/monotonic_time.h"

namespace astray::web {

/// Only goes up. One thread adds, without a locked instruction; any thread reads.
class Counter {
 public:
  void add(uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

/// What a histogram held when it was read; sums of several are of all of them.
struct DurationCounts {
  /// Upper bounds of the buckets, in microseconds, each included; what is longer has a bucket of its own.
  static constexpr std::array<int64_t, 16> bounds = {
      500,     1'000,   2'500,     5'000,     10'000,    25'000,     50'000,     100'000,
      250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 30'000'000, 60'000'000};
  std::array<uint64_t, bounds.size() + 1> in_bucket{};
  uint64_t sum = 0;  ///< nanoseconds
};

/// How long things took. One thread observes, any thread reads.
class DurationHistogram {
 public:
  void observe(Duration duration) {
    const int64_t nanoseconds = std::max<int64_t>(duration.count(), 0);
    const auto bucket = std::ranges::lower_bound(DurationCounts::bounds, (nanoseconds + 999) / 1000);
    in_bucket_[static_cast<size_t>(bucket - DurationCounts::bounds.begin())].add();
    sum_.add(static_cast<uint64_t>(nanoseconds));
  }
  void add_to(DurationCounts& counts) const {
    for (size_t i = 0; i < in_bucket_.size(); ++i) counts.in_bucket[i] += in_bucket_[i].value();
    counts.sum += sum_.value();
  }

 private:
  std::array<Counter, DurationCounts::bounds.size() + 1> in_bucket_;
  Counter sum_;
};

}  // namespace astray::web
