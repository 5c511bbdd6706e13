#include "base/blocks.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace astray {
namespace {

TEST(Blocks, AreApartFromEachOtherWhileTheyAreTaken) {
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{64}, size_t{65}, size_t{1000}, size_t{2048}, size_t{2049}, size_t{4096}, size_t{4097}, size_t{40000}}) {
    for (int round = 0; round < 3; ++round) {
      std::vector<char*> blocks;
      for (int i = 0; i < 300; ++i) {
        blocks.push_back(static_cast<char*>(take_block(bytes)));
        std::memset(blocks.back(), i, bytes);
      }
      for (int i = 0; i < 300; ++i)
        for (size_t at = 0; at < bytes; at += 63)
          ASSERT_EQ(blocks[static_cast<size_t>(i)][at], static_cast<char>(i)) << bytes;
      for (char* block : blocks) give_block(block, bytes);
    }
  }
}

// Of each size there is, at its edges: what is written does not reach the next one.
TEST(Blocks, AreAsLargeAsWasAsked) {
  for (size_t edge = 1024; edge <= 2 * largest_block; edge *= 2) {
    for (const size_t bytes : {edge - 1, edge, edge + 1}) {
      std::vector<char*> blocks;
      for (int i = 0; i < 6; ++i) {
        blocks.push_back(static_cast<char*>(take_block(bytes)));
        std::memset(blocks.back(), 'a' + i, bytes);
      }
      for (int i = 0; i < 6; ++i) {
        EXPECT_EQ(blocks[static_cast<size_t>(i)][0], 'a' + i) << bytes;
        EXPECT_EQ(blocks[static_cast<size_t>(i)][bytes - 1], 'a' + i) << bytes;
        give_block(blocks[static_cast<size_t>(i)], bytes);
      }
    }
  }
}

TEST(Blocks, NothingMayBeGivenBack) {
  give_block(nullptr, 8);
}

TEST(Blocks, MayBeGivenBackByAnotherThread) {
  std::vector<void*> blocks;
  for (int i = 0; i < 100; ++i) blocks.push_back(take_block(100));
  std::thread([&] {
    for (void* block : blocks) give_block(block, 100);
    for (void*& block : blocks) block = take_block(100);
  }).join();
  for (void* block : blocks) give_block(block, 100);
}

struct Thing : MadeInBlock {
  explicit Thing(int value) : number(value) {}
  virtual ~Thing() = default;
  int number;
};
struct LargeThing final : Thing {
  LargeThing() : Thing(2) {}
  char rest[900]{};
};

TEST(Blocks, HoldObjects) {
  std::set<std::unique_ptr<Thing>> things;
  for (int i = 0; i < 500; ++i) {
    things.insert(std::make_unique<Thing>(1));
    things.insert(std::make_unique<LargeThing>());
  }
  int sum = 0;
  for (const auto& thing : things) sum += thing->number;
  EXPECT_EQ(sum, 1500);
}

TEST(Blocks, HoldContainers) {
  using Text = std::basic_string<char, std::char_traits<char>, BlockAllocator<char>>;
  std::unordered_map<int, Text, std::hash<int>, std::equal_to<>, BlockAllocator<std::pair<const int, Text>>> texts;
  for (int i = 0; i < 1000; ++i) texts[i] = Text(static_cast<size_t>(i) * 5, 'x');
  for (int i = 0; i < 1000; i += 2) texts.erase(i);
  EXPECT_EQ(texts.size(), 500u);
  EXPECT_EQ(texts[999].size(), 4995u);
}

}  // namespace
}  // namespace astray
