#include "names/authority.h"

#include <gtest/gtest.h>

#include <set>

#include "support/exact_buffer.h"

namespace astray::authority_test {
namespace {

using namespace std::string_literals;

Result<Authority, AuthorityError> parse(std::string_view text) {
  return Authority::parse(test::ExactBuffer(text).view());
}

TEST(Authority, ParsesHostAndPort) {
  struct Case {
    std::string_view text, host;
    int port;  // 0: none
    std::string_view printed;
  };
  for (const Case& c :
       {Case{"example.com", "example.com", 0, "example.com"},
        Case{"Example.COM.:8443", "example.com", 8443, "example.com:8443"}, Case{"host:", "host", 0, "host"},
        Case{"host:1", "host", 1, "host:1"}, Case{"host:65535", "host", 65535, "host:65535"},
        Case{"host:000443", "host", 443, "host:443"}, Case{"192.0.2.1:80", "192.0.2.1", 80, "192.0.2.1:80"},
        Case{"[::1]", "[::1]", 0, "[::1]"}, Case{"[::1]:", "[::1]", 0, "[::1]"},
        Case{"[::1]:443", "[::1]", 443, "[::1]:443"},
        Case{"[::ffff:1.2.3.4]:443", "[::ffff:1.2.3.4]", 443, "[::ffff:1.2.3.4]:443"},
        Case{"bücher.example:443", "xn--bcher-kva.example", 443, "xn--bcher-kva.example:443"}}) {
    auto authority = parse(c.text);
    ASSERT_TRUE(authority) << c.text << ": " << describe(authority.error());
    EXPECT_EQ(authority->host.text(), c.host) << c.text;
    EXPECT_EQ(authority->port ? authority->port->number() : 0, c.port) << c.text;
    EXPECT_EQ(authority->text(), c.printed) << c.text;
    EXPECT_EQ(parse(authority->text()), *authority) << c.text;
  }
}

TEST(Authority, RefusesWithTheReason) {
  struct Case {
    std::string text;
    AuthorityError error;
  };
  const Case cases[] = {
      {"", AuthorityError::empty},
      {"user@host", AuthorityError::userinfo},
      {"user:password@host:80", AuthorityError::userinfo},
      {"@host", AuthorityError::userinfo},
      {"host@", AuthorityError::userinfo},
      {":", AuthorityError::bad_host},
      {":80", AuthorityError::bad_host},
      {".", AuthorityError::bad_host},
      {"a..b:80", AuthorityError::bad_host},
      {"host..:80", AuthorityError::bad_host},
      {"1.2.3.4.", AuthorityError::bad_host},
      {"0x7f.1:80", AuthorityError::bad_host},
      {"::1", AuthorityError::bad_host},
      {"2001:db8::1", AuthorityError::bad_host},
      {"fe80::1", AuthorityError::bad_host},
      {"host:80:80", AuthorityError::bad_host},
      {"[1.2.3.4]", AuthorityError::bad_host},
      {"[fe80::1%25eth0]:80", AuthorityError::bad_host},
      {"[::1]80", AuthorityError::bad_host},
      {"[::1].", AuthorityError::bad_host},
      {"[::1]]:80", AuthorityError::bad_host},
      {"a[::1]:80", AuthorityError::bad_host},
      {"ex%61mple.com", AuthorityError::bad_host},
      {"*.example.com", AuthorityError::bad_host},
      {"a,b", AuthorityError::bad_host},
      {"a\\b", AuthorityError::bad_host},
      {std::string(300, 'a') + ":80", AuthorityError::bad_host},
      {"\xFF:80", AuthorityError::bad_host},
      {"host:0", AuthorityError::bad_port},
      {"host:65536", AuthorityError::bad_port},
      {"host:-1", AuthorityError::bad_port},
      {"host:+80", AuthorityError::bad_port},
      {"host:http", AuthorityError::bad_port},
      {"host:８０", AuthorityError::bad_port},
      {"[::1]:0", AuthorityError::bad_port},
      {"[::1]::80", AuthorityError::bad_port},
      {"[", AuthorityError::unclosed_bracket},
      {"[::1", AuthorityError::unclosed_bracket},
      {"[::1:80", AuthorityError::unclosed_bracket},
      {"host\0"s, AuthorityError::bad_character},
      {"\0"s, AuthorityError::bad_character},
      {"host\0.example"s, AuthorityError::bad_character},
      {" host", AuthorityError::bad_character},
      {"host ", AuthorityError::bad_character},
      {"host\t:80", AuthorityError::bad_character},
      {"host: 80", AuthorityError::bad_character},
      {"host\r\n", AuthorityError::bad_character},
      {"host\x7f", AuthorityError::bad_character},
      {"host/", AuthorityError::bad_character},
      {"host?x", AuthorityError::bad_character},
      {"host#x", AuthorityError::bad_character},
      {"user@host/path", AuthorityError::bad_character},
  };
  for (const Case& c : cases) {
    auto authority = parse(c.text);
    ASSERT_FALSE(authority) << c.text << " became " << authority->text();
    EXPECT_EQ(authority.error(), c.error) << c.text << ": " << describe(authority.error());
  }
}

TEST(Authority, KeepsAnAbsentPortApartFromTheDefault) {
  EXPECT_NE(*parse("example.com"), *parse("example.com:443"));
  EXPECT_EQ(*parse("example.com"), *parse("EXAMPLE.com.:"));
  EXPECT_EQ(parse("example.com")->port_or_default(Scheme::https), Port(443));
  EXPECT_EQ(parse("example.com")->port_or_default(Scheme::http), Port(80));
  EXPECT_EQ(parse("example.com:8443")->port_or_default(Scheme::https), Port(8443));
}

TEST(AuthorityError, EachIsDescribedDifferently) {
  std::set<std::string_view> sentences;
  for (auto error :
       {AuthorityError::empty, AuthorityError::userinfo, AuthorityError::bad_host, AuthorityError::bad_port,
        AuthorityError::unclosed_bracket, AuthorityError::bad_character}) {
    EXPECT_FALSE(describe(error).empty());
    EXPECT_TRUE(sentences.insert(describe(error)).second) << describe(error);
  }
}

}  // namespace
}  // namespace astray::authority_test
