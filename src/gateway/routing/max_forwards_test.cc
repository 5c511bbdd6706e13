#include "gateway/routing/max_forwards.h"

#include <gtest/gtest.h>

namespace astray::gateway {
namespace {

TEST(MaxForwards, IsCountedDown) {
  struct {
    std::string_view method, value;
    Hop hop;
    std::string_view left;
  } const cases[] = {
      {"TRACE", "1", Hop::goes_on, "0"},       {"OPTIONS", "10", Hop::goes_on, "9"},
      {"TRACE", "0", Hop::ends_here, "0"},     {"OPTIONS", "00", Hop::ends_here, "00"},
      {"GET", "0", Hop::goes_on, "0"},         {"GET", "5", Hop::goes_on, "5"},
      {"TRACE", "-1", Hop::goes_on, "-1"},     {"TRACE", "", Hop::goes_on, ""},
      {"TRACE", "1, 0", Hop::goes_on, "1, 0"}, {"TRACE", "99999999999", Hop::goes_on, "99999999999"},
  };
  for (const auto& [method, value, hop, left] : cases) {
    RequestHead head;
    head.method = method;
    head.fields = {{"max-forwards", std::string(value)}};
    EXPECT_EQ(count_hop(head), hop) << method << " " << value;
    EXPECT_EQ(head.fields[0].value, left) << method << " " << value;
  }
}

TEST(MaxForwards, OneLineOrNone) {
  RequestHead head;
  head.method = "TRACE";
  EXPECT_EQ(count_hop(head), Hop::goes_on);
  head.fields = {{"max-forwards", "0"}, {"max-forwards", "0"}};
  EXPECT_EQ(count_hop(head), Hop::goes_on);
}

}  // namespace
}  // namespace astray::gateway
