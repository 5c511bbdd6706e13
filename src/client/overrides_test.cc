#include "client/overrides.h"

#include <gtest/gtest.h>

namespace astray::client {
namespace {

TEST(Overrides, ReadCurlsSpellings) {
  const auto pinned = parse_resolve("a.example:443:192.0.2.1,[2001:db8::1],2001:db8::2");
  ASSERT_TRUE(pinned.has_value()) << pinned.error().message;
  EXPECT_EQ(pinned->host->text(), "a.example");
  EXPECT_EQ(pinned->port->number(), 443);
  ASSERT_EQ(pinned->addresses.size(), 3u);
  EXPECT_EQ(pinned->addresses[2].text(), "2001:db8::2");
  EXPECT_FALSE(parse_resolve("*:80:127.0.0.1")->host.has_value());
  EXPECT_EQ(parse_resolve("[::1]:80:127.0.0.1")->host->text(), "[::1]");
  EXPECT_TRUE(parse_resolve("+a.example:80:127.0.0.1").has_value());

  const auto led = parse_connect_to("a.example:443:[::1]:8443");
  ASSERT_TRUE(led.has_value()) << led.error().message;
  EXPECT_EQ(led->host->text(), "a.example");
  EXPECT_EQ(led->to_host->text(), "[::1]");
  EXPECT_EQ(led->to_port->number(), 8443);
  const auto open = parse_connect_to("::b.example:");
  ASSERT_TRUE(open.has_value()) << open.error().message;
  EXPECT_FALSE(open->host || open->port || open->to_port);
  EXPECT_EQ(open->to_host->text(), "b.example");
  EXPECT_FALSE(parse_connect_to("a:1:b:2:c").has_value());
}

}  // namespace
}  // namespace astray::client
