#include "names/server_name.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::server_name_test {
namespace {

using namespace std::string_literals;

Result<ServerName, ServerName::Error> parse(std::string_view text) {
  return ServerName::parse(test::ExactBuffer(text).view());
}

TEST(ServerName, CarriesHostNames) {
  EXPECT_EQ(parse("Example.COM.")->text(), "example.com");
  EXPECT_EQ(parse("bücher.example")->text(), "xn--bcher-kva.example");
  EXPECT_EQ(*parse("example.com"), *parse("EXAMPLE.com."));
  EXPECT_EQ(parse("_x.example")->hostname(), *Hostname::parse("_x.example"));
}

TEST(ServerName, NeverCarriesAddresses) {
  for (std::string_view text : {"192.0.2.1", "1.2.3.4.", "0x7f.1", "127.1", "::1", "[::1]", "2001:db8::1",
                                "[::ffff:1.2.3.4]", "fe80::1%eth0", "[fe80::1%25eth0]", "::ffff:1.2.3.4"}) {
    auto name = parse(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error(), ServerName::Error::ip_address) << text;
  }
}

TEST(ServerName, RefusesWhatIsNoHostname) {
  for (const std::string& text :
       {""s, "."s, "a..b"s, "*.example.com"s, "host:443"s, "example.com\0"s, "\0"s, "[::1"s, "::1]"s, "[]"s,
        "[1.2.3.4]:80"s, "user@host"s, std::string(254, 'a'), "☃.net"s}) {
    auto name = parse(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error(), ServerName::Error::not_a_hostname) << text;
  }
}

TEST(ServerName, ExistsForNamesAlone) {
  EXPECT_EQ(ServerName::for_host(*Host::parse("Example.com."))->text(), "example.com");
  for (std::string_view text : {"192.0.2.1", "[::1]"}) {
    auto name = ServerName::for_host(*Host::parse(text));
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error(), ServerName::Error::ip_address) << text;
  }
}

}  // namespace
}  // namespace astray::server_name_test
