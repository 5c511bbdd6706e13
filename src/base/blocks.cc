#include "base/blocks.h"

#include <array>
#include <bit>
#include <cstdint>

namespace astray {

#if ASTRAY_KEEPS_BLOCKS
namespace {

// What objects and heads need comes in steps; above that, each size is twice the one before.
constexpr size_t step = 64;  // bytes
constexpr size_t sizes_in_steps = largest_exact_block / step;
constexpr size_t sizes = sizes_in_steps + static_cast<size_t>(std::countr_zero(largest_block / largest_exact_block));
static_assert(std::has_single_bit(largest_block / largest_exact_block));
constexpr size_t most_kept = size_t{256} * 1024;  // bytes of a size and thread
constexpr size_t most_kept_of_large = size_t{1024} * 1024;

size_t place_of(size_t bytes) {
  if (bytes <= largest_exact_block) return bytes == 0 ? 0 : (bytes - 1) / step;
  return sizes_in_steps + static_cast<size_t>(std::bit_width((bytes - 1) / largest_exact_block)) - 1;
}
constexpr size_t size_at(size_t place) {
  return place < sizes_in_steps ? (place + 1) * step : largest_exact_block << (place - sizes_in_steps + 1);
}

struct Free {
  Free* next;
};
struct Kept {
  Free* first = nullptr;
  size_t room = 0;  ///< for so many more
};
constinit thread_local std::array<Kept, sizes> lists{};

/// Made when a thread gives back its first block; gives all of them to the system when the thread ends.
struct Keeper {
  Keeper() {
    for (size_t i = 0; i < sizes; ++i) lists[i].room = (i < sizes_in_steps ? most_kept : most_kept_of_large) / size_at(i);
  }
  ~Keeper() {
    for (Kept& list : lists) {
      list.room = 0;
      while (Free* const block = list.first) {
        list.first = block->next;
        ::operator delete(block);
      }
    }
  }
};
enum class Keeping : uint8_t { not_yet, yes };
constinit thread_local Keeping keeping = Keeping::not_yet;

void begin_keeping() {
  keeping = Keeping::yes;
  static thread_local Keeper keeper;
}

}  // namespace

void* take_block(size_t bytes) {
  if (bytes > largest_block) return ::operator new(bytes);
  const size_t place = place_of(bytes);
  Kept& list = lists[place];
  Free* const block = list.first;
  if (block == nullptr) return ::operator new(size_at(place));
  list.first = block->next;
  ++list.room;
  return block;
}

void give_taken_block(void* block, size_t bytes) noexcept {
  if (bytes > largest_block) return ::operator delete(block);
  if (keeping == Keeping::not_yet) begin_keeping();
  Kept& list = lists[place_of(bytes)];
  if (list.room == 0) return ::operator delete(block);
  --list.room;
  list.first = new (block) Free{list.first};
}

#else

void* take_block(size_t bytes) {
  return ::operator new(bytes);
}
void give_taken_block(void* block, size_t) noexcept {
  ::operator delete(block);
}

#endif

}  // namespace astray
