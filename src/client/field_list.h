#pragma once
// Field lines that are kept: a request's while it is sent, perhaps more than once, and a response's for as
// long as somebody wants to look at it. The engines hand out borrowed or one-by-one allocated lines instead.
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http1/fields.h"

namespace astray::client {

/// One line, "name: value" (RFC 9110 §5.2), borrowed from the list it came from until that changes.
using http1::Field;

/// Field lines in the order they were added, names as they were spelled. A head of usual size (fewer than 24
/// lines, less than 2 KiB) costs two allocations.
class FieldList {
 public:
  class Iterator;

  /// Neither argument may be a view of this list. What the bytes may be is for the engines to judge.
  void add(std::string_view name, std::string_view value);
  /// Removes every line of this name, whatever its letter case; says how many there were.
  size_t remove(std::string_view name);
  /// Keeps the memory.
  void clear();

  size_t size() const { return lines_.size(); }
  bool empty() const { return lines_.empty(); }
  Field operator[](size_t index) const;
  Iterator begin() const;
  Iterator end() const;

  /// The value of the first line of this name, whatever its letter case.
  std::optional<std::string_view> find(std::string_view name) const;
  /// How many lines have this name.
  size_t count(std::string_view name) const;
  /// Whether a line of this name lists `token` (RFC 9110 §5.6.1), whatever its letter case.
  bool lists(std::string_view name, std::string_view token) const;

  /// The same lines in the same order, letter for letter.
  bool operator==(const FieldList&) const = default;

 private:
  struct Line {
    uint32_t begin;  ///< of the name in bytes_; the value follows it
    uint32_t name_size;
    uint32_t value_size;
    bool operator==(const Line&) const = default;
  };

  std::string bytes_;  ///< names and values, without gaps
  std::vector<Line> lines_;
};

class FieldList::Iterator {
 public:
  using value_type = Field;
  using reference = Field;
  using pointer = void;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;  // a line is made when it is asked for
  using iterator_concept = std::forward_iterator_tag;

  Iterator() = default;
  Iterator(const FieldList& list, size_t index) : list_(&list), index_(index) {}
  Field operator*() const { return (*list_)[index_]; }
  Iterator& operator++() {
    ++index_;
    return *this;
  }
  Iterator operator++(int) { return {*list_, index_++}; }
  bool operator==(const Iterator&) const = default;

 private:
  const FieldList* list_ = nullptr;
  size_t index_ = 0;
};

inline FieldList::Iterator FieldList::begin() const {
  return {*this, 0};
}
inline FieldList::Iterator FieldList::end() const {
  return {*this, size()};
}

}  // namespace astray::client
