#include "client/pool_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "client/pool_key.h"

namespace astray::client {
namespace {

TEST(PoolIndexTest, FindsWhatAMapFinds) {
  PoolIndex<std::string> index;
  std::map<std::string, std::string*> known;
  std::minstd_rand random(1);
  // Few distinct keys, so that many are erased and come again; also longer than what lies in the entry.
  const auto some_key = [&] { return std::string(random() % 60, static_cast<char>('a' + random() % 26)); };
  for (int i = 0; i < 50'000; ++i) {
    const std::string key = some_key();
    const auto found = known.find(key);
    ASSERT_EQ(index.find(key), found == known.end() ? nullptr : found->second) << key;
    if (found == known.end()) {
      known[key] = &index.insert(key, "value of " + key);
    } else {
      ASSERT_EQ(*found->second, "value of " + key);
      if (random() % 2 == 0) {
        index.erase(key);
        known.erase(found);
      }
    }
    ASSERT_EQ(index.size(), known.size());
  }
  size_t seen = 0;
  index.for_each([&](const std::string&) { ++seen; });
  EXPECT_EQ(seen, known.size());
}

TEST(PoolIndexTest, HasNothingAtFirst) {
  PoolIndex<int> index;
  EXPECT_EQ(index.find("a"), nullptr);
  index.erase("a");
  EXPECT_EQ(index.size(), 0u);
}

TEST(PoolIndexTest, KeysDifferInEveryPart) {
  const auto bytes = [](std::string_view origin, IdentityId identity) {
    return std::string(PoolKeyBytes(Origin::parse(origin).value(), identity).view());
  };
  const std::string key = bytes("https://a.example", 0);
  EXPECT_EQ(key, bytes("https://A.example.:443", 0));
  EXPECT_NE(key, bytes("https://a.example", 1));
  EXPECT_NE(key, bytes("https://a.example:8443", 0));
  EXPECT_NE(key, bytes("http://a.example:443", 0));
  EXPECT_NE(key, bytes("https://b.example", 0));
  // An address whose bytes are a name's letters.
  EXPECT_NE(bytes("https://abcd", 0), bytes("https://97.98.99.100", 0));
  EXPECT_EQ(bytes("https://" + std::string(63, 'a') + "." + std::string(63, 'b'), 7).size(), 8 + 127u);
}

}  // namespace
}  // namespace astray::client
