#include "cli/log_files.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

using Paths = std::vector<std::string>;

TEST(LogFiles, OfARotatedSetComeInTheirOrder) {
  EXPECT_EQ(in_order_of_rotation({"a.log", "a.log.1", "a.log.10.gz", "a.log.2.gz"}),
            (Paths{"a.log.10.gz", "a.log.2.gz", "a.log.1", "a.log"}));
  EXPECT_EQ(in_order_of_rotation({"a.log", "a.log-20260102.zst", "a.log-20260101"}),
            (Paths{"a.log-20260101", "a.log-20260102.zst", "a.log"}));
}

TEST(LogFiles, OfSeveralSetsStayWhereTheirFirstStood) {
  EXPECT_EQ(in_order_of_rotation({"error.log", "access.log", "error.log.1", "access.log.1"}),
            (Paths{"error.log.1", "error.log", "access.log.1", "access.log"}));
  EXPECT_EQ(in_order_of_rotation({"b", "a", "-"}), (Paths{"b", "a", "-"}));
}

TEST(LogFiles, SayWhyTheyCannotBeRead) {
  EXPECT_NE(FileBytes::open("/nowhere/at/all").error().message.find("/nowhere/at/all cannot be read"), std::string::npos);
  EXPECT_NE(FileBytes::open("/tmp").error().message.find("is a folder"), std::string::npos);
}

}  // namespace
}  // namespace astray
