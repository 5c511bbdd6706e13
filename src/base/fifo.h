#pragma once
// A queue that is usually empty or nearly so: unlike a deque it has no memory before its first element.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace astray {

template <typename T>
class Fifo {
 public:
  bool empty() const { return taken_ == items_.size(); }
  T& back() { return items_.back(); }
  template <typename... Arguments>
  void emplace_back(Arguments&&... arguments) {
    items_.emplace_back(std::forward<Arguments>(arguments)...);
  }
  /// The oldest, if there is one. Memory is kept.
  std::optional<T> take_front() {
    if (empty()) return std::nullopt;
    std::optional<T> front = std::move(items_[taken_]);
    if (++taken_ == items_.size()) clear();
    return front;
  }
  /// Of those that wait; in order, once for each.
  template <typename Predicate>
  void remove_if(Predicate is_removed) {
    const auto waiting = items_.begin() + static_cast<ptrdiff_t>(taken_);
    items_.erase(std::remove_if(waiting, items_.end(), is_removed), items_.end());
    if (empty()) clear();
  }
  /// Keeps the memory.
  void clear() {
    items_.clear();
    taken_ = 0;
  }
  /// Gives the memory back.
  void release() {
    items_ = std::vector<T>();
    taken_ = 0;
  }

 private:
  std::vector<T> items_;
  size_t taken_ = 0;  ///< those before it were handed out
};

}  // namespace astray
