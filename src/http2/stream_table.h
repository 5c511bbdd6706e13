#pragma once
// Streams by their identifiers: those that are open at once are few, and their identifiers follow one another.
#include <memory>
#include <utility>
#include <vector>

#include "http2/field.h"

namespace astray::http2 {

/// Owns what it holds, whose addresses do not change.
template <typename T>
class StreamTable {
 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Null: there is none.
  T* find(StreamId id) const {
    if (size_ == 0) return nullptr;
    for (size_t at = home(id);; at = next(at)) {
      const Slot& slot = slots_[at];
      if (slot.id == id) return slot.item.get();
      if (slot.item == nullptr) return nullptr;
    }
  }
  /// There is none of this identifier, which is not 0.
  T& add(StreamId id, std::unique_ptr<T> item) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    ++size_;
    return put(id, std::move(item));
  }
  /// Nothing, if there is none.
  void erase(StreamId id) {
    if (size_ == 0) return;
    size_t at = home(id);
    while (slots_[at].id != id) {
      if (slots_[at].item == nullptr) return;
      at = next(at);
    }
    const std::unique_ptr<T> erased = std::move(slots_[at].item);
    --size_;
    // What stands behind it is looked for without a gap.
    for (size_t from = next(at);; from = next(from)) {
      Slot& slot = slots_[from];
      if (slot.item == nullptr) break;
      if (distance(home(slot.id), from) < distance(at, from)) continue;
      slots_[at] = std::move(slot);
      at = from;
    }
    slots_[at].id = 0;
  }
  /// Calls `visit(T&)` for each, in no order; it neither adds nor erases.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const Slot& slot : slots_)
      if (slot.item != nullptr) visit(*slot.item);
  }
  /// Gives the memory back.
  void release() {
    size_ = 0;
    slots_ = std::vector<Slot>();
  }

 private:
  struct Slot {
    StreamId id = 0;
    std::unique_ptr<T> item{};
  };
  // Identifiers of one side differ by two.
  size_t home(StreamId id) const { return static_cast<size_t>(id >> 1) & (slots_.size() - 1); }
  size_t next(size_t at) const { return (at + 1) & (slots_.size() - 1); }
  size_t distance(size_t from, size_t to) const { return (to - from) & (slots_.size() - 1); }
  T& put(StreamId id, std::unique_ptr<T> item) {
    size_t at = home(id);
    while (slots_[at].item != nullptr) at = next(at);
    slots_[at] = {id, std::move(item)};
    return *slots_[at].item;
  }
  void grow() {
    constexpr size_t first_slots = 8;  // a power of two, as all sizes are
    std::vector<Slot> smaller(slots_.empty() ? first_slots : 2 * slots_.size());
    smaller.swap(slots_);
    for (Slot& slot : smaller)
      if (slot.item != nullptr) put(slot.id, std::move(slot.item));
  }

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace astray::http2
