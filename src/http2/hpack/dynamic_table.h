#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/byte_block.h"
#include "http2/hpack/line.h"

namespace astray::http2::hpack {

/// Table sizes, as settings and updates name them, in bytes as RFC 7541 section 4.1 counts them.
inline constexpr size_t usual_table_bytes = 4096;
inline constexpr size_t largest_table_bytes = 65536;

/// RFC 7541 section 2.3.2, at either end. The lines' bytes stand one behind the other in a buffer that has
/// holes only at its ends. Without memory before the first line.
class DynamicTable {
 public:
  /// Lines are numbered as they come, modulo 65536.
  using Number = uint16_t;

  explicit DynamicTable(size_t limit) : limit_(static_cast<uint32_t>(limit)) {}

  size_t limit() const { return limit_; }
  /// Section 4.3: lines that no longer fit leave. At most largest_table_bytes.
  void set_limit(size_t bytes);

  size_t size() const { return count_; }
  /// 0: the newest. Below size(). Valid until the table changes.
  Line operator[](size_t age) const { return line(entries_[static_cast<Number>(next_ - 1 - age) & mask_]); }

  /// Texts that do not stand in this table. A line that is larger than the table leaves it empty
  /// (section 4.4).
  void add(std::string_view name, std::string_view value);

  // For who looks for a line.

  Number number_of(size_t age) const { return static_cast<Number>(next_ - 1 - age); }
  /// Of the newest line, which there is.
  Number newest() const { return number_of(0); }
  /// Beyond size(): the line has left. Numbers of lines that left long ago may mean others.
  size_t age_of(Number number) const { return static_cast<Number>(newest() - number); }
  /// Where a line stands as long as it does, and as long as the table needs no more places. Below 128 in a
  /// table of usual_table_bytes.
  size_t place_of(Number number) const { return number & mask_; }
  /// Of the line that stands at a place, at or beyond size() if there is none.
  size_t age_at(size_t place) const { return (newest() - place) & mask_; }
  /// Of a place where a line stands.
  Line line_at(size_t place) const { return line(entries_[place]); }
  /// With each line a number can be kept, of another line that is to be looked at behind it.
  Number& link(Number number) { return entries_[number & mask_].link; }

 private:
  struct Entry {
    uint16_t begin;  ///< counted from where the table once began, modulo 65536
    uint16_t name_size, value_size;
    Number link;
  };

  Line line(const Entry& entry) const {
    return {text_.data() + static_cast<uint16_t>(entry.begin - text_begin_), entry.name_size,
            entry.value_size};
  }
  Entry& oldest() { return entries_[static_cast<Number>(next_ - count_) & mask_]; }
  void evict_to(size_t bytes);
  void make_place();
  char* make_room(size_t bytes);

  ByteBlock text_;
  std::vector<Entry, BlockAllocator<Entry>> entries_;  ///< a power of two, or none
  uint32_t limit_;
  uint32_t bytes_ = 0;
  uint16_t text_begin_ = 0;  ///< what `begin` of an entry at the beginning of `text_` is
  uint16_t mask_ = 0;
  uint16_t count_ = 0;
  Number next_ = 0;
};

}  // namespace astray::http2::hpack
