#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace astray::explain {

/// How often each of many texts came up, up to a bound of different ones; the rest is counted together.
class Tally {
 public:
  explicit Tally(size_t most = 256) : most_(most) {}
  void add(std::string_view text, uint64_t count = 1);
  uint64_t others() const { return others_; }
  struct Row {
    std::string text;
    uint64_t count;
  };
  /// The largest first; equal ones by their text.
  std::vector<Row> rows(size_t most) const;
  bool empty() const { return counts_.empty() && others_ == 0; }

 private:
  size_t most_;
  std::map<std::string, uint64_t, std::less<>> counts_;
  uint64_t others_ = 0;
};

/// Counts over time, in at most `buckets` steps of one width, which doubles whenever the time grows beyond.
class TimeLine {
 public:
  static constexpr size_t buckets = 60;
  /// Microseconds since 1970.
  void add(int64_t time);
  bool empty() const { return !begin_; }
  /// Of the first step.
  int64_t begin() const { return begin_.value_or(0); }
  int64_t width() const { return width_; }  ///< microseconds
  /// Without the empty steps at the end.
  std::vector<uint64_t> counts() const;

 private:
  void widen();
  std::optional<int64_t> begin_;
  int64_t width_ = 1'000'000;
  std::array<uint64_t, buckets> counts_{};
};

}  // namespace astray::explain
