#include "explain/story/tally.h"

#include <algorithm>

namespace astray::explain {

void Tally::add(std::string_view text, uint64_t count) {
  const auto found = counts_.find(text);
  if (found != counts_.end()) {
    found->second += count;
  } else if (counts_.size() < most_) {
    counts_.emplace(text, count);
  } else {
    others_ += count;
  }
}

std::vector<Tally::Row> Tally::rows(size_t most) const {
  std::vector<Row> rows;
  for (const auto& [text, count] : counts_) rows.push_back({text, count});
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.count > b.count; });
  if (rows.size() > most) rows.resize(most);
  return rows;
}

void TimeLine::widen() {
  const bool odd = (*begin_ / width_) % 2 != 0;
  // Steps begin at multiples of their width.
  std::array<uint64_t, buckets> wider{};
  for (size_t i = 0; i < buckets; ++i) wider[(i + (odd ? 1 : 0)) / 2] += counts_[i];
  if (odd) *begin_ -= width_;
  width_ *= 2;
  counts_ = wider;
}

void TimeLine::add(int64_t time) {
  if (time < 0) return;
  if (!begin_) begin_ = time - time % width_;
  // Lines come a little out of order; and once in a while, far.
  while (time < *begin_) {
    const int64_t missing = (*begin_ - time + width_ - 1) / width_;
    size_t used = buckets;
    while (used > 0 && counts_[used - 1] == 0) --used;
    if (static_cast<uint64_t>(missing) + used <= buckets) {
      std::rotate(counts_.begin(), counts_.end() - missing, counts_.end());
      *begin_ -= missing * width_;
    } else {
      widen();
    }
  }
  while (time >= *begin_ + width_ * static_cast<int64_t>(buckets)) widen();
  ++counts_[static_cast<size_t>((time - *begin_) / width_)];
}

std::vector<uint64_t> TimeLine::counts() const {
  size_t used = buckets;
  while (used > 0 && counts_[used - 1] == 0) --used;
  return {counts_.begin(), counts_.begin() + static_cast<ptrdiff_t>(used)};
}

}  // namespace astray::explain
