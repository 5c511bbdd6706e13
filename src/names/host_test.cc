#include "names/host.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::host_test {
namespace {

using namespace std::string_literals;

Result<Host, HostnameError> parse(std::string_view text) {
  return Host::parse(test::ExactBuffer(text).view());
}

TEST(Host, ParsesNamesAndAddresses) {
  struct Case {
    std::string_view text, expected;
    bool is_name;
  };
  for (const Case& c :
       {Case{"Example.COM.", "example.com", true}, Case{"bücher.example", "xn--bcher-kva.example", true},
        Case{"192.0.2.1", "192.0.2.1", false}, Case{"[2001:DB8:0::1]", "[2001:db8::1]", false},
        Case{"[::FFFF:1.2.3.4]", "[::ffff:1.2.3.4]", false},
        Case{"1.2.3.4.example", "1.2.3.4.example", true}}) {
    auto host = parse(c.text);
    ASSERT_TRUE(host) << c.text << ": " << describe(host.error());
    EXPECT_EQ(host->text(), c.expected);
    EXPECT_EQ(host->name() != nullptr, c.is_name) << c.text;
    EXPECT_EQ(host->address() != nullptr, !c.is_name) << c.text;
    EXPECT_EQ(parse(host->text()), *host);
  }
}

TEST(Host, RefusesWhatIsNeither) {
  struct Case {
    std::string text;
    HostnameError error;
  };
  const Case cases[] = {
      {"", HostnameError::empty},
      {".", HostnameError::empty},
      {"1.2.3.4.", HostnameError::ip_address},
      {"0x7f.1", HostnameError::ip_address},
      {"127.1", HostnameError::ip_address},
      {"01.2.3.4", HostnameError::ip_address},
      {"::1", HostnameError::bad_character},
      {"[", HostnameError::bad_ip_literal},
      {"[]", HostnameError::bad_ip_literal},
      {"[::1", HostnameError::bad_ip_literal},
      {"[::1]]", HostnameError::bad_ip_literal},
      {"[[::1]]", HostnameError::bad_ip_literal},
      {"[::1]\0"s, HostnameError::bad_ip_literal},
      {"[1.2.3.4]", HostnameError::bad_ip_literal},
      {"[example.com]", HostnameError::bad_ip_literal},
      {"[fe80::1%25eth0]", HostnameError::bad_ip_literal},
      {"[v1.fe80::a]", HostnameError::bad_ip_literal},
      {"::1]", HostnameError::bad_character},
      {"a..b", HostnameError::empty_label},
      {"ex%61mple.com", HostnameError::bad_character},
  };
  for (const Case& c : cases) {
    auto host = parse(c.text);
    ASSERT_FALSE(host) << c.text << " became " << host->text();
    EXPECT_EQ(host.error(), c.error) << c.text << ": " << describe(host.error());
  }
}

TEST(Host, ComparesByValue) {
  EXPECT_EQ(*parse("A.example."), *parse("a.example"));
  EXPECT_EQ(*parse("[0:0:0:0:0:0:0:1]"), *parse("[::1]"));
  EXPECT_NE(*parse("1.2.3.4"), *parse("[::ffff:1.2.3.4]"));
  EXPECT_EQ(*parse("1.2.3.4"), Host(IpAddress::v4({1, 2, 3, 4})));
}

}  // namespace
}  // namespace astray::host_test
