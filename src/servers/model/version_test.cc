#include "servers/model/version.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

TEST(Version, ParsesReleases) {
  EXPECT_EQ(Version::parse("1.22.1"), (Version{1, 22, 1}));
  EXPECT_EQ(Version::parse("1.29"), (Version{1, 29, 0}));
  EXPECT_EQ(Version::parse("2.4.71-1~deb12u1"), (Version{2, 4, 71}));
}

TEST(Version, RefusesOtherText) {
  for (const char* text : {"", "1", "1.", ".1", "1.2.", "1.2.3.4", "v1.2", "1.2x", "1..2", "1.2.999999999999", "-1.2"})
    EXPECT_FALSE(Version::parse(text)) << text;
}

TEST(Version, Orders) {
  EXPECT_LT((Version{1, 9, 15}), (Version{1, 22, 1}));
  EXPECT_GE((Version{2, 4, 66}), (Version{2, 4, 66}));
  EXPECT_EQ((Version{2, 4, 66}).text(), "2.4.66");
}

}  // namespace
}  // namespace astray
