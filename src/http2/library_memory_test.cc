#include "http2/library_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace astray::http2 {
namespace {

bool is_zero(const void* piece, size_t size) {
  const char* const bytes = static_cast<const char*>(piece);
  return std::all_of(bytes, bytes + size, [](char c) { return c == 0; });
}

/// As a session does, twice: the second time in memory that was used.
TEST(LibraryMemory, PiecesAreApartAlignedAndClearedAsAsked) {
  for (int round = 0; round < 2; ++round) {
    LibraryMemory memory;
    std::vector<std::pair<char*, size_t>> pieces;
    for (const size_t size : {2900, 0, 1, 4096, 1088, 16394, 16394, 40000}) {
      void* const piece = LibraryMemory::take_cleared(1, size, &memory);
      ASSERT_NE(piece, nullptr);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(piece) % alignof(std::max_align_t), 0u);
      EXPECT_TRUE(is_zero(piece, size)) << size;
      std::memset(piece, static_cast<int>(pieces.size()) + 1, size);
      pieces.emplace_back(static_cast<char*>(piece), size);
      if (pieces.size() == 6) memory.end_making();
    }
    for (size_t i = 0; i < pieces.size(); ++i)
      EXPECT_TRUE(std::all_of(pieces[i].first, pieces[i].first + pieces[i].second,
                              [&](char c) { return c == static_cast<char>(i + 1); }));
    for (const auto& [piece, size] : pieces) LibraryMemory::give(piece, &memory);
  }
}

TEST(LibraryMemory, WhatGrowsOrShrinksKeepsItsBytes) {
  LibraryMemory memory;
  const std::string text = "abcdefgh";
  void* piece = LibraryMemory::change(nullptr, text.size(), &memory);
  std::memcpy(piece, text.data(), text.size());
  for (const size_t size : {20000, 100, 30000, 8}) {
    if (size == 100) memory.end_making();
    piece = LibraryMemory::change(piece, size, &memory);
    ASSERT_NE(piece, nullptr);
    EXPECT_EQ(std::memcmp(piece, text.data(), text.size()), 0) << size;
  }
  LibraryMemory::give(piece, &memory);
}

TEST(LibraryMemory, ATableThatGrowsKeepsItsBytes) {
  LibraryMemory memory;
  char* table = static_cast<char*>(LibraryMemory::take_cleared(256, 16, &memory));
  table[0] = 'a';
  table[4095] = 'z';
  memory.end_making();
  table = static_cast<char*>(LibraryMemory::change(table, 8192, &memory));
  EXPECT_EQ(table[0], 'a');
  EXPECT_EQ(table[4095], 'z');
  LibraryMemory::give(table, &memory);
}

TEST(LibraryMemory, WhatNobodyHasIsNull) {
  LibraryMemory memory;
  EXPECT_EQ(LibraryMemory::take_cleared(SIZE_MAX / 2, 3, &memory), nullptr);
  EXPECT_EQ(LibraryMemory::take(SIZE_MAX - 4, &memory), nullptr);
}

}  // namespace
}  // namespace astray::http2
