#include "http2/hpack/dynamic_table.h"

#include <algorithm>

#include "base/check.h"

namespace astray::http2::hpack {
namespace {

constexpr size_t fewest_places = 8;
constexpr size_t least_text = 512;

}  // namespace

void DynamicTable::set_limit(size_t bytes) {
  CHECK(bytes <= largest_table_bytes);
  limit_ = static_cast<uint32_t>(bytes);
  evict_to(bytes);
}

void DynamicTable::evict_to(size_t bytes) {
  while (bytes_ > bytes) {
    const Entry& leaving = oldest();
    bytes_ -= static_cast<uint32_t>(line_overhead + leaving.name_size + leaving.value_size);
    --count_;
  }
  if (count_ == 0) text_.clear();
}

void DynamicTable::add(std::string_view name, std::string_view value) {
  const size_t size = name.size() + value.size();
  if (size + line_overhead > limit_) return evict_to(0);
  evict_to(limit_ - line_overhead - size);
  if (count_ == entries_.size()) make_place();
  put_bytes(put_bytes(make_room(size), name), value);
  const auto begin = static_cast<uint16_t>(text_begin_ + text_.size());
  text_.extend(size);
  entries_[next_ & mask_] = {begin, static_cast<uint16_t>(name.size()), static_cast<uint16_t>(value.size()),
                             0};
  bytes_ += static_cast<uint32_t>(size + line_overhead);
  ++count_;
  ++next_;
}

void DynamicTable::make_place() {
  std::vector<Entry, BlockAllocator<Entry>> more(std::max(fewest_places, 2 * entries_.size()));
  const auto mask = static_cast<uint16_t>(more.size() - 1);
  for (size_t age = 1; age <= count_; ++age) {
    const auto number = static_cast<Number>(next_ - age);
    more[number & mask] = entries_[number & mask_];
  }
  entries_ = std::move(more);
  mask_ = mask;
}

char* DynamicTable::make_room(size_t bytes) {
  if (text_.capacity() - text_.size() >= bytes) return text_.room(bytes);
  const size_t left = count_ == 0 ? text_.size() : static_cast<uint16_t>(oldest().begin - text_begin_);
  text_.drop_front(left);
  text_begin_ = static_cast<uint16_t>(text_begin_ + left);
  // A move for each few lines costs more than they do: it must have made some room, or else there is more
  // memory. Of as much as all lines with their overheads may have, there always is some.
  const size_t needed = text_.size() + bytes;
  if (needed + text_.capacity() / 8 > text_.capacity())
    text_.reserve(
        std::min<size_t>(limit_ - line_overhead, std::max({least_text, needed, 2 * text_.capacity()})));
  return text_.room(bytes);
}

}  // namespace astray::http2::hpack
