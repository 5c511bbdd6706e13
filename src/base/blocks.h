#pragma once
// Memory for what comes and goes with each request. A general allocator is fast for a few things of a size at
// once, and slow for the hundreds that many streams in flight have, or for bodies whose pages it gives to the
// system and takes again; here each thread keeps what it gave back.
#include <cstddef>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define ASTRAY_KEEPS_BLOCKS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASTRAY_KEEPS_BLOCKS 0
#endif
#endif
#ifndef ASTRAY_KEEPS_BLOCKS
#define ASTRAY_KEEPS_BLOCKS 1
#endif

namespace astray {

/// Beyond this many bytes, both are operator new and delete. With AddressSanitizer they always are.
inline constexpr size_t largest_block = size_t{256} * 1024;
/// Beyond this, a block may have twice the bytes that were asked for: not for what a connection keeps.
inline constexpr size_t largest_exact_block = 2048;

/// False with AddressSanitizer, which would not see what is used after it was given back.
inline constexpr bool keeps_blocks = ASTRAY_KEEPS_BLOCKS != 0;

void* take_block(size_t bytes);
void give_taken_block(void* block, size_t bytes) noexcept;
/// `bytes` as they were asked for. Any thread may give back what another took. Most buffers that die were moved from,
/// and give nothing.
inline void give_block(void* block, size_t bytes) noexcept {
  if (block != nullptr) give_taken_block(block, bytes);
}

/// For containers.
template <typename T>
struct BlockAllocator {
  using value_type = T;
  BlockAllocator() = default;
  template <typename Other>
  BlockAllocator(const BlockAllocator<Other>&) {}  // NOLINT(google-explicit-constructor): as allocators are
  T* allocate(size_t count) { return static_cast<T*>(take_block(count * sizeof(T))); }
  void deallocate(T* place, size_t count) noexcept { give_block(place, count * sizeof(T)); }
  bool operator==(const BlockAllocator&) const = default;
};

/// A base of classes whose objects are made one by one. A derived class that is deleted through a base needs
/// that base's destructor to be virtual, as always.
class MadeInBlock {
 public:
  static void* operator new(size_t bytes) { return take_block(bytes); }
  static void operator delete(void* place, size_t bytes) noexcept { give_block(place, bytes); }

 protected:
  ~MadeInBlock() = default;
};

}  // namespace astray
