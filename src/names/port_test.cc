#include "names/port.h"

#include <gtest/gtest.h>

#include <string>

#include "support/exact_buffer.h"

namespace astray::port_test {
namespace {

using namespace std::string_literals;

std::optional<Port> parse(std::string_view digits) {
  return Port::parse(test::ExactBuffer(digits).view());
}

TEST(Port, ParsesOneTo65535) {
  EXPECT_EQ(parse("1"), Port(1));
  EXPECT_EQ(parse("443"), Port(443));
  EXPECT_EQ(parse("65535"), Port(65535));
  EXPECT_EQ(parse("00443"), Port(443));
  EXPECT_EQ(parse(std::string(1000, '0') + "80"), Port(80));
}

TEST(Port, RefusesEverythingElse) {
  for (const std::string& text :
       {""s, "0"s, "000"s, "65536"s, "70000"s, "4294967739"s, "18446744073709552059"s, "-1"s, "+80"s, " 80"s,
        "80 "s, "8a"s, "0x50"s, "80\0"s, "８０"s, "http"s, std::string(1 << 16, '9')}) {
    EXPECT_FALSE(parse(text)) << text;
  }
}

TEST(Port, KnowsTheSchemesDefaults) {
  EXPECT_EQ(Port::of(Scheme::http).number(), 80);
  EXPECT_EQ(Port::of(Scheme::https).number(), 443);
  EXPECT_EQ(to_string(Scheme::http), "http");
  EXPECT_EQ(to_string(Scheme::https), "https");
}

}  // namespace
}  // namespace astray::port_test
