#include "client/dial.h"

#include <gtest/gtest.h>

namespace astray::client {
namespace {

std::string order(std::initializer_list<std::string_view> texts, uint32_t seed) {
  std::vector<IpAddress> addresses;
  for (const std::string_view text : texts) addresses.push_back(IpAddress::parse(text).value());
  std::string joined;
  for (const IpAddress& address : dial_order(addresses, seed))
    joined += (joined.empty() ? "" : " ") + address.text();
  return joined;
}

TEST(DialOrder, AlternatesFamiliesFromIpv6On) {
  EXPECT_EQ(order({"192.0.2.1", "192.0.2.2", "192.0.2.3", "::1", "::2"}, 0),
            "::1 192.0.2.1 ::2 192.0.2.2 192.0.2.3");
  EXPECT_EQ(order({"192.0.2.1"}, 0), "192.0.2.1");
  EXPECT_EQ(order({"::1"}, 5), "::1");
  EXPECT_EQ(order({}, 1), "");
}

TEST(DialOrder, IsTurnedBySeedWithinAFamily) {
  EXPECT_EQ(order({"192.0.2.1", "192.0.2.2", "192.0.2.3", "::1", "::2"}, 1),
            "::2 192.0.2.2 ::1 192.0.2.3 192.0.2.1");
}

}  // namespace
}  // namespace astray::client
