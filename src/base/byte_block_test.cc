#include "base/byte_block.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace astray {
namespace {

std::string some_text(size_t size) {
  std::string text;
  for (size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 23);
  return text;
}

// Each way to copy, and no byte around it is touched.
TEST(PutBytes, CopiesEachSize) {
  for (size_t size = 0; size <= 150; ++size) {
    const std::string text = some_text(size);
    std::string room(size + 2, '#');
    EXPECT_EQ(put_bytes(room.data() + 1, text), room.data() + 1 + size);
    EXPECT_EQ(room, "#" + text + "#");
  }
}

TEST(ByteBlock, GrowsAndKeepsWhatItHas) {
  ByteBlock block;
  std::string expected;
  EXPECT_TRUE(block.empty());
  for (size_t size = 0; size < 200; ++size) {
    block.append(some_text(size));
    expected += some_text(size);
    ASSERT_EQ(block.view(), expected);
  }
  *block.extend(1) = '!';
  EXPECT_EQ(block.view(), expected + "!");
}

TEST(ByteBlock, TakesWhatWasWrittenToItsRoom) {
  ByteBlock block;
  block.append("ab");
  std::memcpy(block.room(1000), "cdef", 4);
  EXPECT_EQ(block.view(), "ab");
  block.extend(3);
  EXPECT_EQ(block.view(), "abcde");
  EXPECT_GE(block.capacity(), 1002u);
}

TEST(ByteBlock, KeepsItsMemoryWhenItIsCleared) {
  ByteBlock block;
  block.reserve(100);
  const char* const place = block.data();
  block.append(some_text(100));
  block.clear();
  EXPECT_EQ(block.size(), 0u);
  block.append(some_text(99));
  EXPECT_EQ(block.data(), place);
}

TEST(ByteBlock, LosesItsBeginning) {
  ByteBlock block;
  block.append("0123456789");
  block.drop_front(3);
  EXPECT_EQ(block.view(), "3456789");
  block.drop_front(7);
  EXPECT_TRUE(block.empty());
}

TEST(ByteBlock, IsCopiedAndMoved) {
  ByteBlock block;
  block.append("some bytes");
  ByteBlock copy = block;
  copy.append(", and more");
  EXPECT_EQ(block.view(), "some bytes");
  EXPECT_EQ(copy.view(), "some bytes, and more");
  const ByteBlock moved = std::move(copy);
  EXPECT_EQ(moved.view(), "some bytes, and more");
  block = moved;
  EXPECT_EQ(block.view(), moved.view());
  ByteBlock& itself = block;
  block = itself;
  EXPECT_EQ(block.view(), moved.view());
}

}  // namespace
}  // namespace astray
