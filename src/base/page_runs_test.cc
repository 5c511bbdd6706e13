#include "base/page_runs.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "base/blocks.h"

namespace astray {
namespace {

bool is_zero(const char* begin) {
  return std::all_of(begin, begin + page_run_bytes, [](char c) { return c == 0; });
}

size_t pages_in_memory(char* begin) {
  std::array<unsigned char, page_run_bytes / 4096> pages{};
  EXPECT_EQ(mincore(begin, page_run_bytes, pages.data()), 0);
  return static_cast<size_t>(std::count_if(pages.begin(), pages.end(), [](unsigned char c) { return (c & 1) != 0; }));
}

TEST(PageRuns, AreApartAndZeroWhereTheySaySo) {
  if (!keeps_blocks) GTEST_SKIP() << "there are none with AddressSanitizer";
  std::vector<PageRun> taken;
  std::set<char*> places;
  for (int i = 0; i < 300; ++i) {
    const PageRun run = take_page_run();
    ASSERT_NE(run.begin, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(run.begin) % 4096, 0u);
    EXPECT_TRUE(!run.is_zero || is_zero(run.begin));
    std::memset(run.begin, i + 1, page_run_bytes);
    taken.push_back(run);
    places.insert(run.begin);
  }
  char* last = nullptr;
  for (char* const place : places) {
    EXPECT_TRUE(last == nullptr || place - last >= static_cast<ptrdiff_t>(page_run_bytes));
    last = place;
  }
  for (size_t i = 0; i < taken.size(); ++i)
    EXPECT_EQ(taken[i].begin[page_run_bytes - 1], static_cast<char>(i + 1)) << "nobody else wrote there";
  for (const PageRun& run : taken) give_page_run(run.begin);
  // Most of what was used has gone back to the system, and comes again as zero.
  size_t zero = 0;
  for (PageRun& run : taken) {
    run = take_page_run();
    EXPECT_TRUE(places.contains(run.begin));
    if (!run.is_zero) continue;
    ++zero;
    EXPECT_EQ(pages_in_memory(run.begin), 0u);
    EXPECT_TRUE(is_zero(run.begin));
  }
  EXPECT_GT(zero, 200u);
  for (const PageRun& run : taken) give_page_run(run.begin);
}

TEST(PageRuns, MayBeGivenBackByAnotherThread) {
  if (!keeps_blocks) GTEST_SKIP() << "there are none with AddressSanitizer";
  PageRun run;
  std::thread([&] { run = take_page_run(); }).join();
  ASSERT_NE(run.begin, nullptr);
  std::memset(run.begin, 1, page_run_bytes);
  give_page_run(run.begin);
}

}  // namespace
}  // namespace astray
