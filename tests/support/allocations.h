#pragma once
// How often memory is taken. Sanitizers have an allocator of their own, so this counts in the plain build
// alone.
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define ASTRAY_COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ASTRAY_COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef ASTRAY_COUNTS_ALLOCATIONS
#define ASTRAY_COUNTS_ALLOCATIONS 1
#endif

#if ASTRAY_COUNTS_ALLOCATIONS
namespace astray::test {

/// Of the process, by operator new, so far. Whoever calls this gets an operator new that counts.
size_t allocations();

template <typename Run>
size_t allocations_of(Run run) {
  const size_t before = allocations();
  run();
  return allocations() - before;
}

}  // namespace astray::test
#endif
