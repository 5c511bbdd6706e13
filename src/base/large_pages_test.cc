#include "base/large_pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

namespace astray {
namespace {

template <typename T>
bool is_at_a_large_page(const std::vector<T, LargePageAllocator<T>>& values) {
  return reinterpret_cast<uintptr_t>(values.data()) % large_page_bytes == 0;
}

TEST(LargePages, HoldWhatIsLarge) {
  std::vector<uint32_t, LargePageAllocator<uint32_t>> values(large_page_bytes / 4 + 1);
  EXPECT_TRUE(is_at_a_large_page(values));
  std::iota(values.begin(), values.end(), 0U);
  EXPECT_EQ(values.back(), large_page_bytes / 4);
}

TEST(LargePages, AreNotForWhatIsSmall) {
  std::vector<std::vector<char, LargePageAllocator<char>>> many(3);
  for (auto& each : many) each.resize(100, 'x');
  EXPECT_FALSE(is_at_a_large_page(many[0]) && is_at_a_large_page(many[1]));
}

TEST(LargePages, GrowAcrossTheBorder) {
  std::vector<char, LargePageAllocator<char>> values(large_page_bytes - 1, 'a');
  values.resize(3 * large_page_bytes, 'b');
  EXPECT_TRUE(is_at_a_large_page(values));
  EXPECT_EQ(values[large_page_bytes - 2], 'a');
  EXPECT_EQ(values[large_page_bytes - 1], 'b');
}

TEST(LargePages, RefuseWhatNoAddressReaches) {
  EXPECT_THROW((void)LargePageAllocator<char>().allocate(SIZE_MAX), std::bad_alloc);
  EXPECT_THROW((void)LargePageAllocator<uint64_t>().allocate(SIZE_MAX / 4), std::bad_alloc);
}

}  // namespace
}  // namespace astray
