#include "names/raw_host.h"

#include <gtest/gtest.h>

namespace astray::raw_host_test {
namespace {

using namespace std::string_literals;

TEST(RawHost, KeepsBytesAsTheyAre) {
  EXPECT_EQ(RawHost("EXAMPLE.com.\0"s).bytes(), "EXAMPLE.com.\0"s);
  EXPECT_NE(RawHost("EXAMPLE.com"), RawHost("example.com"));
  EXPECT_EQ(RawHost().bytes(), "");
}

TEST(RawHost, PrintsEveryByte) {
  EXPECT_EQ(RawHost("a b~:[]@\\").printable(), "a b~:[]@\\");
  EXPECT_EQ(RawHost("a\0\r\n\x1b\x7f\xC3\xBC\xFF"s).printable(), "a\\x00\\x0d\\x0a\\x1b\\x7f\\xc3\\xbc\\xff");
  EXPECT_EQ(RawHost().printable(), "");
}

TEST(RawHost, PrintsNoMoreThan256Bytes) {
  EXPECT_EQ(RawHost(std::string(256, 'a')).printable(), std::string(256, 'a'));
  EXPECT_EQ(RawHost(std::string(257, 'a')).printable(), std::string(256, 'a') + "…");
  EXPECT_EQ(RawHost(std::string(1000, '\0')).printable().size(), 256 * 4 + "…"s.size());
}

}  // namespace
}  // namespace astray::raw_host_test
