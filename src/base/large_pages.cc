#include "base/large_pages.h"

#include <sys/mman.h>

#include <new>

namespace astray {
namespace {

size_t whole_pages(size_t bytes) {
  return (bytes + large_page_bytes - 1) / large_page_bytes * large_page_bytes;
}

}  // namespace

void* take_large_pages(size_t bytes) {
  if (bytes > SIZE_MAX - large_page_bytes) throw std::bad_alloc();
  const size_t size = whole_pages(bytes);
  void* const memory = ::operator new(size, std::align_val_t(large_page_bytes));
  (void)madvise(memory, size, MADV_HUGEPAGE);  // an advice: EINVAL where the kernel has no large pages
  return memory;
}

void give_large_pages(void* memory) {
  ::operator delete(memory, std::align_val_t(large_page_bytes));
}

}  // namespace astray
