#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

namespace astray {

/// Memory for tables of megabytes that are read in no order: aligned to 2 MiB, whole multiples of that, and
/// the kernel is asked for large pages (madvise, MADV_HUGEPAGE), because with small ones nearly each lookup
/// waits for the page's address before it waits for the bytes. Where the kernel has none, small ones.
constexpr size_t large_page_bytes = size_t{2} << 20;
void* take_large_pages(size_t bytes);
void give_large_pages(void* memory);

/// For containers: what is smaller than a large page comes from where everything else does.
template <typename T>
struct LargePageAllocator {
  using value_type = T;

  LargePageAllocator() = default;
  template <typename U>
  LargePageAllocator(const LargePageAllocator<U>&) {}

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);
    if (count > SIZE_MAX / sizeof(T) || bytes < large_page_bytes) return std::allocator<T>().allocate(count);
    return static_cast<T*>(take_large_pages(bytes));
  }
  void deallocate(T* memory, size_t count) {
    const size_t bytes = count * sizeof(T);
    if (bytes < large_page_bytes) return std::allocator<T>().deallocate(memory, count);
    give_large_pages(memory);
  }
  bool operator==(const LargePageAllocator&) const = default;
};

}  // namespace astray
