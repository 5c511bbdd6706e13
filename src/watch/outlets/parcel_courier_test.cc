#include "watch/outlets/parcel_courier.h"

#include <gtest/gtest.h>

namespace astray::watch {
namespace {

TEST(ParcelContent, ReadsBackWhatItWrote) {
  for (const std::vector<std::string>& parts :
       {std::vector<std::string>(), {std::string("a\0b\n", 4), "", "c"}, {""}, {" 1 2\n"}}) {
    const auto read = ParcelContent::decode(ParcelContent{{-5}, parts}.encode());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->began, Instant{-5});
    EXPECT_EQ(read->parts, parts);
  }
}

TEST(ParcelContent, RefusesWhatItDidNotWrite) {
  const std::string good = ParcelContent{{5}, {"abc", "de"}}.encode();
  EXPECT_EQ(good, "parcel-1 5 2 3 2\nabcde");
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(ParcelContent::decode(std::string_view(good).substr(0, size))) << size;
  for (const std::string_view bad :
       {"parcel-1 5 2 -1 6\nabcde", "parcel-1 5 2 3 18446744073709551615\nabcde", "parcel-1 5 2 3",
        "parcel-2 5 2 3 2\nabcde", "parcel-1 x 2 3 2\nabcde", "parcel-1 5 2 9223372036854775807 2\nabcde",
        "parcel-1 5 9223372036854775807 3 2\nabcde", "parcel-1 5 -1 3 2\nabcde", "parcel-1 5 1 3 2\nabcde"})
    EXPECT_FALSE(ParcelContent::decode(bad)) << bad;
  EXPECT_FALSE(ParcelContent::decode(good + "x"));
}

}  // namespace
}  // namespace astray::watch
