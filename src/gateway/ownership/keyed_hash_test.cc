#include "gateway/ownership/keyed_hash.h"

#include <gtest/gtest.h>

#include <string>

namespace astray::gateway {
namespace {

/// What CPython 3.11 says with a key of zeros (PYTHONHASHSEED=0, sys.hash_info.algorithm "siphash13"):
/// hash(b"…").
TEST(KeyedHash, IsSipHash13) {
  struct Row {
    std::string text;
    uint64_t hash;
  };
  const Row rows[] = {
      {"a", 0x407448d2b89b1813},
      {"ab", 0x555508cbc6add439},
      {"abc", 0xc03bc3a0042630f2},
      {"abcd", 0xe3d1d5fdd52aae89},
      {"abcde", 0x251f3c725bd784a2},
      {"abcdef", 0x62207e654289df28},
      {"abcdefg", 0x6db12aae9070f506},
      {"abcdefgh", 0x3f7b849c0b8e35ea},
      {"example.com", 0x7e0432aaedb1758c},
      {"www.example.com", 0xb8215502bb4c7791},
      {"www.example.com.", 0xb393dd75abdfc324},
      {std::string(251, 'x'), 0x5f5fd216cc77aab0},
  };
  for (const Row& row : rows) EXPECT_EQ(keyed_hash(HashKey{}, row.text), row.hash) << row.text;
}

TEST(KeyedHash, EachHalfOfTheKeyAndEachByteCount) {
  EXPECT_NE(keyed_hash({1, 0}, "a.example"), keyed_hash({0, 0}, "a.example"));
  EXPECT_NE(keyed_hash({0, 1}, "a.example"), keyed_hash({0, 0}, "a.example"));
  std::string text(20, 'a');
  for (size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = 'b';
    EXPECT_NE(keyed_hash({}, text), keyed_hash({}, other)) << i;
    EXPECT_NE(keyed_hash({}, text), keyed_hash({}, text.substr(0, i))) << i;
  }
}

TEST(KeyedHash, KeysAreDrawnAnew) {
  HashKey one = HashKey::random();
  HashKey other = HashKey::random();
  EXPECT_FALSE(one.low == other.low && one.high == other.high);
}

}  // namespace
}  // namespace astray::gateway
