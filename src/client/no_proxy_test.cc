#include "client/no_proxy.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::client {
namespace {

bool matches(std::string_view list, std::string_view url) {
  return NoProxy(test::ExactBuffer(list).view()).matches(*Url::parse_lenient(url));
}

TEST(NoProxy, Matches) {
  struct Case {
    std::string_view list, url;
  };
  for (const Case& c : {
           Case{"*", "a.example"},
           Case{"b, *", "[::1]"},
           // names, as curl's manual has them
           Case{"local.com", "local.com"},
           Case{"local.com", "local.com:80"},
           Case{"local.com", "www.local.com"},
           Case{".local.com", "local.com"},
           Case{".local.com", "a.b.local.com"},
           Case{"*.local.com", "www.local.com"},
           Case{"LOCAL.com.", "Local.Com."},
           Case{"com", "local.com"},
           Case{"bücher.example", "xn--bcher-kva.example"},
           // separators
           Case{"a,b,c", "b"},
           Case{"a b\tc", "c"},
           Case{" ,, a ,\tb,", "b"},
           // addresses
           Case{"192.0.2.1", "192.0.2.1"},
           Case{"192.0.2.0/24", "192.0.2.255"},
           Case{"192.0.2.77/24", "192.0.2.1"},
           Case{"192.0.2.128/25", "192.0.2.129"},
           Case{"0.0.0.0/0", "192.0.2.1"},
           Case{"192.0.2.1/32", "192.0.2.1"},
           Case{"::1", "[::1]"},
           Case{"[::1]", "[::1]:8080"},
           Case{"2001:db8::/32", "[2001:db8:ffff::1]"},
           Case{"[2001:db8::]/32", "[2001:db8::1]"},
           Case{"2001:db8::/33", "[2001:db8:7fff::1]"},
           Case{"::/0", "[::1]"},
           Case{"::1/128", "[0:0::1]"},
           // ports
           Case{"a.example:8080", "a.example:8080"},
           Case{"a.example:443", "https://a.example"},
           Case{".a.example:80", "b.a.example"},
           Case{"192.0.2.1:80", "192.0.2.1"},
           Case{"[::1]:443", "https://[::1]/"},
       }) {
    EXPECT_TRUE(matches(c.list, c.url)) << c.list << " | " << c.url;
  }
}

TEST(NoProxy, DoesNotMatch) {
  struct Case {
    std::string_view list, url;
  };
  for (const Case& c : {
           Case{"", "a.example"},
           Case{" , ", "a.example"},
           Case{"local.com", "www.notlocal.com"},
           Case{"local.com", "local.com.org"},
           Case{"www.local.com", "local.com"},
           Case{"1", "192.0.2.1"},
           Case{"2.1", "192.0.2.1"},
           Case{"192.0.2.1", "192.0.2.10"},
           Case{"192.0.2.0/24", "192.0.3.1"},
           Case{"192.0.2.128/25", "192.0.2.127"},
           Case{"192.0.2.0/24", "a.192.0.2.example"},
           Case{"2001:db8::/33", "[2001:db8:8000::1]"},
           Case{"0.0.0.0/0", "[::1]"},
           Case{"::/0", "192.0.2.1"},
           Case{"127.0.0.1", "[::ffff:127.0.0.1]"},
           Case{"0.0.0.0/0", "a.example"},
           Case{"localhost", "127.0.0.1"},
           Case{"a.example:8080", "a.example"},
           Case{"[::1]:443", "[::1]"},
       }) {
    EXPECT_FALSE(matches(c.list, c.url)) << c.list << " | " << c.url;
  }
}

TEST(NoProxy, TellsWhatItCannotRead) {
  EXPECT_TRUE(NoProxy("a, .b, *.c, 192.0.2.0/24, ::1, [::1]:80, *").unread().empty());
  const NoProxy odd(
      "good.example,<local>, 10.* 192.0.2.0/33 192.0.2.0/ 192.0.2.0/x ::/129 a:b:c *x . a.example/8");
  EXPECT_EQ(odd.unread(),
            (std::vector<std::string>{"<local>", "10.*", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/x",
                                      "::/129", "a:b:c", "*x", ".", "a.example/8"}));
  EXPECT_TRUE(odd.matches(*Url::parse("http://good.example")));
  EXPECT_FALSE(odd.matches(*Url::parse("http://192.0.2.1")));
}

}  // namespace
}  // namespace astray::client
