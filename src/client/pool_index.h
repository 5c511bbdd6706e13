#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace astray::client {

/// Values under keys of bytes, for lookups among many thousands. Those cost what they touch of memory: a slot
/// of a flat table, and one line of the entry, where the key lies beside the beginning of the value. Entries
/// lie together in blocks. A value stays where it is until it is erased.
template <typename Value>
class PoolIndex {
 public:
  PoolIndex() = default;
  PoolIndex(const PoolIndex&) = delete;
  PoolIndex& operator=(const PoolIndex&) = delete;
  ~PoolIndex() {
    for (const Slot& slot : slots_)
      if (slot.entry != nullptr) std::destroy_at(slot.entry);
  }

  /// Null: there is none.
  Value* find(std::string_view key) {
    if (slots_.empty()) return nullptr;
    const size_t place = place_of(key, hash_of(key));
    return slots_[place].entry == nullptr ? nullptr : &slots_[place].entry->value;
  }
  /// Of a key that is not there yet; its value is made of `arguments`.
  template <typename... Arguments>
  Value& insert(std::string_view key, Arguments&&... arguments) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    const uint32_t hash = hash_of(key);
    Entry* entry = std::construct_at(free_entry(), key, std::forward<Arguments>(arguments)...);
    slots_[place_of(key, hash)] = {entry, hash};
    ++size_;
    return entry->value;
  }
  void erase(std::string_view key) {
    if (slots_.empty()) return;
    size_t hole = place_of(key, hash_of(key));
    if (slots_[hole].entry == nullptr) return;
    std::destroy_at(slots_[hole].entry);
    free_.push_back(slots_[hole].entry);
    --size_;
    // Those behind move up, as far as none goes before the place that its hash names.
    for (size_t at = next(hole); slots_[at].entry != nullptr; at = next(at)) {
      const size_t home = slots_[at].hash & mask();
      if (((at - home) & mask()) < ((at - hole) & mask())) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = {};
  }
  size_t size() const { return size_; }
  template <typename Call>
  void for_each(Call call) {
    for (const Slot& slot : slots_)
      if (slot.entry != nullptr) call(slot.entry->value);
  }

 private:
  static constexpr size_t inline_bytes = 38;  ///< of a key: most host names, with what is before them
  struct alignas(64) Entry {
    template <typename... Arguments>
    explicit Entry(std::string_view key, Arguments&&... arguments)
        : size(static_cast<uint16_t>(key.size())), value(std::forward<Arguments>(arguments)...) {
      std::copy_n(key.begin(), std::min(key.size(), inline_bytes), first.begin());
      if (key.size() <= inline_bytes) return;
      rest.reset(new char[key.size() - inline_bytes]);
      std::copy(key.begin() + inline_bytes, key.end(), rest.get());
    }
    bool has(std::string_view key) const {
      if (key.size() != size) return false;
      const std::string_view begin(first.data(), std::min(key.size(), inline_bytes));
      if (!key.starts_with(begin)) return false;
      return size <= inline_bytes ||
             key.substr(inline_bytes) == std::string_view(rest.get(), size - inline_bytes);
    }

    std::unique_ptr<char[]> rest;
    uint16_t size;
    std::array<char, inline_bytes> first;
    Value value;
  };
  static constexpr size_t block_entries = 32;
  struct FreeBlock {
    void operator()(Entry* block) const { std::allocator<Entry>().deallocate(block, block_entries); }
  };
  struct Slot {
    Entry* entry = nullptr;  ///< null: free
    uint32_t hash = 0;
  };

  static uint32_t hash_of(std::string_view key) {
    return static_cast<uint32_t>(std::hash<std::string_view>()(key));
  }
  size_t mask() const { return slots_.size() - 1; }
  size_t next(size_t place) const { return (place + 1) & mask(); }
  /// Where the key is, or the free slot where it would be.
  size_t place_of(std::string_view key, uint32_t hash) const {
    size_t place = hash & mask();
    while (slots_[place].entry != nullptr && !(slots_[place].hash == hash && slots_[place].entry->has(key)))
      place = next(place);
    return place;
  }
  void grow() {
    std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(std::max<size_t>(16, 2 * slots_.size())));
    for (const Slot& slot : old) {
      if (slot.entry == nullptr) continue;
      size_t place = slot.hash & mask();
      while (slots_[place].entry != nullptr) place = next(place);
      slots_[place] = slot;
    }
  }
  Entry* free_entry() {
    if (free_.empty()) {
      blocks_.emplace_back(std::allocator<Entry>().allocate(block_entries));
      for (size_t i = block_entries; i != 0; --i) free_.push_back(blocks_.back().get() + (i - 1));
    }
    Entry* entry = free_.back();
    free_.pop_back();
    return entry;
  }

  std::vector<Slot> slots_;  ///< a power of two of them, at most half of them taken
  size_t size_ = 0;
  std::vector<Entry*> free_;
  std::vector<std::unique_ptr<Entry, FreeBlock>> blocks_;
};

}  // namespace astray::client
