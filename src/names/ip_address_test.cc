#include "names/ip_address.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::ip_address_test {
namespace {

using namespace std::string_literals;

Result<IpAddress, IpAddress::Error> parse(std::string_view text) {
  return IpAddress::parse(test::ExactBuffer(text).view());
}

TEST(IpAddress, ParsesDottedQuads) {
  auto address = parse("192.0.2.1");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->family(), IpFamily::v4);
  EXPECT_EQ(address->bytes(), "\xC0\x00\x02\x01"s);
  EXPECT_EQ(address->text(), "192.0.2.1");
  EXPECT_EQ(*address, IpAddress::v4({192, 0, 2, 1}));
  EXPECT_EQ(parse("255.255.255.255")->text(), "255.255.255.255");
  EXPECT_EQ(parse("0.0.0.0")->text(), "0.0.0.0");
}

TEST(IpAddress, ParsesIpv6) {
  auto address = parse("2001:DB8::1");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->family(), IpFamily::v6);
  EXPECT_EQ(address->bytes(), "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01"s);
  EXPECT_EQ(*address, IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
}

// The examples of RFC 5952 §4 and §5, RFC 4291 §2.2.
TEST(IpAddress, PrintsIpv6CanonicallyWhateverTheSpelling) {
  struct Case {
    std::string_view text, expected;
  };
  constexpr Case cases[] = {
      {"2001:0db8::0001", "2001:db8::1"},
      {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:DB8::AAAA", "2001:db8::aaaa"},
      {"FF01:0:0:0:0:0:0:101", "ff01::101"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"0:0:0:0:0:0:0:0", "::"},
      {"1:0:0:0:0:0:0:0", "1::"},
      {"0:0:1:0:0:0:0:0", "0:0:1::"},
      {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
      {"::FFFF:c000:201", "::ffff:192.0.2.1"},
      {"::192.0.2.1", "::c000:201"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
      {"FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  for (const Case& c : cases) {
    auto address = parse(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(address->text(), c.expected) << c.text;
    EXPECT_EQ(parse(address->text()), *address) << c.text;
  }
}

TEST(IpAddress, RefusesMalformedText) {
  for (const std::string& text : {""s,
                                  "1"s,
                                  "127.1"s,
                                  "1.2.3"s,
                                  "1.2.3.4."s,
                                  ".1.2.3.4"s,
                                  "1.2.3.4.5"s,
                                  "1..2.3"s,
                                  "256.0.0.1"s,
                                  "01.2.3.4"s,
                                  "1.2.3.08"s,
                                  "0x7f.0.0.1"s,
                                  "1.2.3.4 "s,
                                  " 1.2.3.4"s,
                                  "1.2.3.4\0"s,
                                  "1.2.3.4\0.5"s,
                                  "1.2.3.4%eth0"s,
                                  "+1.2.3.4"s,
                                  "1.2.3.4/32"s,
                                  ":"s,
                                  ":::"s,
                                  "1"s,
                                  "1:2:3:4:5:6:7"s,
                                  "1:2:3:4:5:6:7:8:9"s,
                                  "1:2:3:4:5:6:7:8::"s,
                                  "1::2::3"s,
                                  ":1:2:3:4:5:6:7:8"s,
                                  "1:2:3:4:5:6:7:"s,
                                  "12345::"s,
                                  "g::"s,
                                  "::1.2.3"s,
                                  "::1.2.3.4:5"s,
                                  "::01.2.3.4"s,
                                  "::1\0"s,
                                  "[::1]"s,
                                  "::1/128"s,
                                  "::1 "s,
                                  "１.2.3.4"s,
                                  std::string(1 << 20, ':'),
                                  "example.com"s,
                                  "%"s,
                                  "%eth0"s,
                                  "example%eth0"s,
                                  "0000000000000000000000000000000000000000000000::"s}) {
    auto address = parse(text);
    ASSERT_FALSE(address) << text << " became " << address->text();
    EXPECT_EQ(address.error(), IpAddress::Error::malformed) << text;
  }
}

TEST(IpAddress, TellsZonesApart) {
  for (std::string_view text : {"fe80::1%eth0", "fe80::1%25eth0", "::%", "fe80::1%1%2"}) {
    auto address = parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error(), IpAddress::Error::has_zone) << text;
  }
}

TEST(IpAddress, KnowsUnspecifiedAndLoopback) {
  struct Case {
    std::string_view text;
    bool unspecified, loopback;
  };
  for (const Case& c :
       {Case{"0.0.0.0", true, false}, Case{"::", true, false}, Case{"127.0.0.1", false, true},
        Case{"127.255.0.3", false, true}, Case{"::1", false, true}, Case{"128.0.0.1", false, false},
        Case{"0.0.0.1", false, false}, Case{"::2", false, false}, Case{"1::1", false, false},
        Case{"::ffff:127.0.0.1", false, false}, Case{"7f00::", false, false}}) {
    auto address = parse(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(address->is_unspecified(), c.unspecified) << c.text;
    EXPECT_EQ(address->is_loopback(), c.loopback) << c.text;
  }
}

TEST(IpAddress, KeepsFamiliesApart) {
  EXPECT_NE(*parse("1.2.3.4"), *parse("::ffff:1.2.3.4"));
  EXPECT_NE(*parse("0.0.0.0"), *parse("::"));
  EXPECT_LT(*parse("255.255.255.255"), *parse("::"));
  EXPECT_LT(*parse("10.0.0.2"), *parse("10.0.0.10"));
}

}  // namespace
}  // namespace astray::ip_address_test
