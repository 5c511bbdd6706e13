#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/blocks.h"
#include "base/byte_block.h"

namespace astray::http2 {

/// 31 bits. Odd: opened by the client; 0: the connection itself.
using StreamId = int32_t;

/// One field line or pseudo-header field, with the bytes as they are on the wire: nothing is lower-cased,
/// trimmed, joined or sorted. Borrowed.
struct Field {
  std::string_view name;
  std::string_view value;

  bool operator==(const Field&) const = default;
};

/// Field lines in the order of their block. Names may repeat. All bytes stand in one buffer, since a gateway
/// has several of these for each request: a Field that is looked at is valid until the lines change.
class Fields {
 public:
  class Iterator;

  Fields() = default;
  Fields(std::initializer_list<Field> lines);

  size_t size() const { return lines_.size(); }
  bool empty() const { return lines_.empty(); }
  /// Const, since a change of what is returned would change nothing.
  const Field operator[](size_t index) const { return field(lines_[index]); }
  inline Iterator begin() const;
  inline Iterator end() const;

  /// Room for this many lines, and for the bytes of their names and values.
  void reserve(size_t lines, size_t bytes);
  /// `line` is copied, and is no line of these.
  void push_back(const Field& line) { emplace_back(line.name, line.value); }
  void emplace_back(std::string_view name, std::string_view value);
  /// For a decoder, which knows the sizes only when it is done: where so many bytes can be written. An add_line() of
  /// at most so many then finds them in place.
  char* room(size_t bytes) { return bytes_.room(bytes); }
  /// One more line. Its bytes, the value's behind the name's, are the caller's to write, or stand in room().
  [[gnu::always_inline]] inline char* add_line(size_t name_size, size_t value_size);
  /// With the name in lower case.
  void emplace_back_lower(std::string_view name, std::string_view value);
  void push_front(const Field& line);
  void append(const Fields& lines);
  /// More bytes for the value of the last line.
  void extend_last(std::string_view more);
  /// `value` is copied, and is no part of these.
  void set_value(size_t index, std::string_view value);
  /// Calls `is_removed(Field)` once for each line, in order.
  template <typename Predicate>
  void remove_if(Predicate is_removed);
  void clear();

  bool operator==(const Fields& other) const;

 private:
  struct Line {
    uint32_t name_begin, name_size, value_begin, value_size;
  };
  Field field(const Line& line) const {
    return {{bytes_.data() + line.name_begin, line.name_size},
            {bytes_.data() + line.value_begin, line.value_size}};
  }

  ByteBlock bytes_;  ///< also of lines that were removed
  std::vector<Line, BlockAllocator<Line>> lines_;
};

class Fields::Iterator {
 public:
  using iterator_concept = std::random_access_iterator_tag;
  using iterator_category = std::input_iterator_tag;
  using value_type = Field;
  using difference_type = ptrdiff_t;
  using reference = Field;
  using pointer = void;

  Iterator() = default;
  Iterator(const Fields& fields, ptrdiff_t at) : fields_(&fields), at_(at) {}
  Field operator*() const { return (*fields_)[static_cast<size_t>(at_)]; }
  Field operator[](ptrdiff_t offset) const { return *(*this + offset); }
  Iterator& operator+=(ptrdiff_t offset) {
    at_ += offset;
    return *this;
  }
  Iterator& operator-=(ptrdiff_t offset) { return *this += -offset; }
  Iterator& operator++() { return *this += 1; }
  Iterator& operator--() { return *this += -1; }
  Iterator operator++(int) { return std::exchange(*this, *this + 1); }
  Iterator operator--(int) { return std::exchange(*this, *this - 1); }
  friend Iterator operator+(Iterator at, ptrdiff_t offset) { return at += offset; }
  friend Iterator operator+(ptrdiff_t offset, Iterator at) { return at += offset; }
  friend Iterator operator-(Iterator at, ptrdiff_t offset) { return at -= offset; }
  friend ptrdiff_t operator-(const Iterator& a, const Iterator& b) { return a.at_ - b.at_; }
  bool operator==(const Iterator& other) const { return at_ == other.at_; }
  std::strong_ordering operator<=>(const Iterator& other) const { return at_ <=> other.at_; }

 private:
  const Fields* fields_ = nullptr;
  ptrdiff_t at_ = 0;
};

char* Fields::add_line(size_t name_size, size_t value_size) {
  const auto begin = static_cast<uint32_t>(bytes_.size());
  char* const bytes = bytes_.extend(name_size + value_size);
  Line& line = lines_.emplace_back();
  line.name_begin = begin;
  line.name_size = static_cast<uint32_t>(name_size);
  line.value_begin = static_cast<uint32_t>(begin + name_size);
  line.value_size = static_cast<uint32_t>(value_size);
  return bytes;
}

Fields::Iterator Fields::begin() const {
  return {*this, 0};
}
Fields::Iterator Fields::end() const {
  return {*this, static_cast<ptrdiff_t>(lines_.size())};
}

template <typename Predicate>
void Fields::remove_if(Predicate is_removed) {
  size_t kept = 0;
  for (const Line& line : lines_)
    if (!is_removed(field(line))) lines_[kept++] = line;
  lines_.resize(kept);
}

/// The value of the first field of exactly this name (HTTP/2 names are lower case). The view lives as long as
/// `fields`.
std::optional<std::string_view> first_value(const Fields& fields, std::string_view name);
/// Every value of exactly this name, in order: a request may carry several Host fields. The views live as
/// long as `fields`.
std::vector<std::string_view> all_values(const Fields& fields, std::string_view name);

}  // namespace astray::http2
