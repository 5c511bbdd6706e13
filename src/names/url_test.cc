#include "names/url.h"

#include <gtest/gtest.h>

#include <set>

#include "support/exact_buffer.h"

namespace astray::url_test {
namespace {

using namespace std::string_literals;

Result<Url, UrlError> parse(std::string_view text) {
  return Url::parse(test::ExactBuffer(text).view());
}

std::string told(const Result<Url, UrlError>& url) {
  if (!url) return std::string(describe(url.error()));
  std::string text = url->text();
  if (url->fragment) text += '#' + *url->fragment;
  if (url->userinfo) text += " by " + *url->userinfo;
  return text;
}

TEST(Url, ParsesIntoParts) {
  struct Case {
    std::string_view text, told;
  };
  for (const Case& c : {
           Case{"http://a.example", "http://a.example/"},
           Case{"HTTP://A.Example./", "http://a.example/"},
           Case{"https://a.example:8443/x?y#z", "https://a.example:8443/x?y#z"},
           Case{"https://a.example:", "https://a.example/"},
           Case{"https://a.example:443/", "https://a.example:443/"},
           Case{"https://[2001:DB8::1]:80/x", "https://[2001:db8::1]:80/x"},
           Case{"http://192.0.2.1/", "http://192.0.2.1/"},
           Case{"https://bücher.example/", "https://xn--bcher-kva.example/"},
           Case{" https://a.example/ \r\n", "https://a.example/"},
           Case{"http://a?x", "http://a/?x"},
           Case{"http://a?", "http://a/?"},
           Case{"http://a#", "http://a/#"},
           Case{"http://a/?x?y#p#q", "http://a/?x?y#p%23q"},
           Case{"http://a?x/../y", "http://a/?x/../y"},
           // userinfo
           Case{"http://user:pass@a/", "http://a/ by user:pass"},
           Case{"http://u%40x:@a/", "http://a/ by u%40x:"},
           Case{"http://ü:^@a/", "http://a/ by %C3%BC:%5E"},
           Case{"http://@a/", "http://a/"},
           Case{"http://a/b@c", "http://a/b@c"},
           Case{"http://a?b@c", "http://a/?b@c"},
           // dot segments
           Case{"http://a/b/./c/../d", "http://a/b/d"},
           Case{"http://a/..", "http://a/"},
           Case{"http://a/../..//b", "http://a//b"},
           Case{"http://a/b/..", "http://a/"},
           Case{"http://a/b/.", "http://a/b/"},
           Case{"http://a//b//..//", "http://a//b//"},
           Case{"http://a/.//b", "http://a//b"},
           Case{"http://a/%2e%2e/b", "http://a/%2e%2e/b"},
           Case{"http://a/.../b", "http://a/.../b"},
           // bytes that have no place there
           Case{"http://a/b c?d e#f g", "http://a/b%20c?d%20e#f%20g"},
           Case{"http://a/ü?ü#ü", "http://a/%C3%BC?%C3%BC#%C3%BC"},
           Case{"http://a/\"<>\\^`{|}[]", "http://a/%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D"},
           Case{"http://a/%41%zz%4%", "http://a/%41%25zz%254%25"},
           Case{"http://a/%c3%BC", "http://a/%c3%BC"},
           Case{"http://a/-._~!$&'()*+,;=:@", "http://a/-._~!$&'()*+,;=:@"},
       }) {
    const auto url = parse(c.text);
    EXPECT_EQ(told(url), c.told) << c.text;
    ASSERT_TRUE(url) << c.text;
    EXPECT_EQ(parse(url->text())->target, url->target) << c.text;
  }
}

TEST(Url, RefusesWithTheReason) {
  struct Case {
    std::string text;
    UrlError error;
  };
  for (const Case& c : {
           Case{"", UrlError::no_scheme},
           Case{"a.example", UrlError::no_scheme},
           Case{"/x", UrlError::no_scheme},
           Case{"//a.example", UrlError::no_scheme},
           Case{"://a", UrlError::no_scheme},
           Case{"1http://a", UrlError::no_scheme},
           Case{"a/http://b", UrlError::no_scheme},
           Case{"ftp://a/", UrlError::unknown_scheme},
           Case{"httpx://a/", UrlError::unknown_scheme},
           Case{"localhost:80", UrlError::unknown_scheme},
           Case{"javascript:alert(1)", UrlError::unknown_scheme},
           Case{"http:", UrlError::no_host},
           Case{"http:a", UrlError::no_host},
           Case{"http:/a", UrlError::no_host},
           Case{"http://", UrlError::no_host},
           Case{"http:///a", UrlError::no_host},
           Case{"http://?a", UrlError::no_host},
           Case{"http://user@", UrlError::no_host},
           Case{"http://good.example\\@evil.example/", UrlError::bad_userinfo},
           Case{"http://a@b@c/", UrlError::bad_userinfo},
           Case{"http://good.example @evil.example/", UrlError::bad_userinfo},
           Case{"http://[::1]@evil.example/", UrlError::bad_userinfo},
           Case{"http://a b/", UrlError::bad_host},
           Case{"http://a\\b/", UrlError::bad_host},
           Case{"http://a%2eb/", UrlError::bad_host},
           Case{"http://::1/", UrlError::bad_host},
           Case{"http://[::1/", UrlError::bad_host},
           Case{"http://[fe80::1%25eth0]/", UrlError::bad_host},
           Case{"http://127.1/", UrlError::bad_host},
           Case{"http://*.a/", UrlError::bad_host},
           Case{"http://a:0/", UrlError::bad_port},
           Case{"http://a:65536/", UrlError::bad_port},
           Case{"http://a:x/", UrlError::bad_port},
           Case{"http://a/\r\nHost: b", UrlError::bad_character},
           Case{"http://a/\tb", UrlError::bad_character},
           Case{"http://a/\0"s, UrlError::bad_character},
           Case{"http://a\x7f/", UrlError::bad_character},
           Case{"http://a/" + std::string(max_url_bytes, 'x'), UrlError::too_long},
       }) {
    const auto url = parse(c.text);
    ASSERT_FALSE(url) << c.text << " became " << url->text();
    EXPECT_EQ(url.error(), c.error) << c.text << ": " << describe(url.error());
  }
}

TEST(Url, IsHttpOnACommandLineUnlessItSaysOtherwise) {
  struct Case {
    std::string_view text, told;
  };
  for (const Case& c : {
           Case{"a.example", "http://a.example/"},
           Case{"a.example:8080/x?u=http://b/", "http://a.example:8080/x?u=http://b/"},
           Case{"localhost:80", "http://localhost:80/"},
           Case{"user:pass@a.example", "http://a.example/ by user:pass"},
           Case{"[::1]/x", "http://[::1]/x"},
           Case{"HTTPS://a.example", "https://a.example/"},
           Case{"ftp://a.example", describe(UrlError::unknown_scheme)},
           Case{"", describe(UrlError::no_host)},
           Case{"/x", describe(UrlError::no_host)},
           Case{"javascript:alert(1)", describe(UrlError::bad_port)},
       }) {
    EXPECT_EQ(told(Url::parse_lenient(test::ExactBuffer(c.text).view())), c.told) << c.text;
  }
}

// RFC 3986 §5.4, those with an http or without a scheme.
TEST(Url, ResolvesTheExamplesOfTheStandard) {
  const Url base = *parse("http://a/b/c/d;p?q");
  struct Case {
    std::string_view reference, told;
  };
  for (const Case& c : {
           Case{"g", "http://a/b/c/g"},
           Case{"./g", "http://a/b/c/g"},
           Case{"g/", "http://a/b/c/g/"},
           Case{"/g", "http://a/g"},
           Case{"//g", "http://g/"},
           Case{"?y", "http://a/b/c/d;p?y"},
           Case{"g?y", "http://a/b/c/g?y"},
           Case{"#s", "http://a/b/c/d;p?q#s"},
           Case{"g#s", "http://a/b/c/g#s"},
           Case{"g?y#s", "http://a/b/c/g?y#s"},
           Case{";x", "http://a/b/c/;x"},
           Case{"g;x", "http://a/b/c/g;x"},
           Case{"g;x?y#s", "http://a/b/c/g;x?y#s"},
           Case{"", "http://a/b/c/d;p?q"},
           Case{".", "http://a/b/c/"},
           Case{"./", "http://a/b/c/"},
           Case{"..", "http://a/b/"},
           Case{"../", "http://a/b/"},
           Case{"../g", "http://a/b/g"},
           Case{"../..", "http://a/"},
           Case{"../../", "http://a/"},
           Case{"../../g", "http://a/g"},
           Case{"../../../g", "http://a/g"},
           Case{"../../../../g", "http://a/g"},
           Case{"/./g", "http://a/g"},
           Case{"/../g", "http://a/g"},
           Case{"g.", "http://a/b/c/g."},
           Case{".g", "http://a/b/c/.g"},
           Case{"g..", "http://a/b/c/g.."},
           Case{"..g", "http://a/b/c/..g"},
           Case{"./../g", "http://a/b/g"},
           Case{"./g/.", "http://a/b/c/g/"},
           Case{"g/./h", "http://a/b/c/g/h"},
           Case{"g/../h", "http://a/b/c/h"},
           Case{"g;x=1/./y", "http://a/b/c/g;x=1/y"},
           Case{"g;x=1/../y", "http://a/b/c/y"},
           Case{"g?y/./x", "http://a/b/c/g?y/./x"},
           Case{"g?y/../x", "http://a/b/c/g?y/../x"},
           Case{"g#s/./x", "http://a/b/c/g#s/./x"},
           Case{"g#s/../x", "http://a/b/c/g#s/../x"},
           Case{"g:h", describe(UrlError::unknown_scheme)},
           Case{"http:g", describe(UrlError::no_host)},
       }) {
    EXPECT_EQ(told(base.resolve(test::ExactBuffer(c.reference).view())), c.told) << c.reference;
  }
}

TEST(Url, ResolvesWhatServersSend) {
  const Url base = *parse("https://user:pw@a.example:8443/b/c?q#frag");
  struct Case {
    std::string_view reference, told;
  };
  for (const Case& c : {
           // The fragment goes on (RFC 9110 §10.2.2), the user stays on the authority.
           Case{"", "https://a.example:8443/b/c?q#frag by user:pw"},
           Case{"?", "https://a.example:8443/b/c?#frag by user:pw"},
           Case{"/x", "https://a.example:8443/x#frag by user:pw"},
           Case{"/x#", "https://a.example:8443/x# by user:pw"},
           Case{"/x#new", "https://a.example:8443/x#new by user:pw"},
           Case{"//b.example/x", "https://b.example/x#frag"},
           Case{"http://b.example", "http://b.example/#frag"},
           Case{"https://a.example:8443/", "https://a.example:8443/#frag"},
           Case{"https://other@b.example/", "https://b.example/#frag by other"},
           // raw bytes
           Case{" /x y ", "https://a.example:8443/x%20y#frag by user:pw"},
           Case{"ü/ß?ü", "https://a.example:8443/b/%C3%BC/%C3%9F?%C3%BC#frag by user:pw"},
           Case{"http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC#frag"},
           Case{"/100%", "https://a.example:8443/100%25#frag by user:pw"},
           // a colon that ends no scheme
           Case{"1:2", "https://a.example:8443/b/1:2#frag by user:pw"},
           Case{"x y:z", "https://a.example:8443/b/x%20y:z#frag by user:pw"},
           Case{":", "https://a.example:8443/b/:#frag by user:pw"},
           Case{"./a:b", "https://a.example:8443/b/a:b#frag by user:pw"},
           Case{".//x", "https://a.example:8443/b//x#frag by user:pw"},
           Case{"/.//x", "https://a.example:8443//x#frag by user:pw"},
           // refused
           Case{"//", describe(UrlError::no_host)},
           Case{"///x", describe(UrlError::no_host)},
           Case{"http://", describe(UrlError::no_host)},
           Case{"mailto:a@b", describe(UrlError::unknown_scheme)},
           Case{"/x\r\ny", describe(UrlError::bad_character)},
           Case{"//a\\b/", describe(UrlError::bad_host)},
       }) {
    EXPECT_EQ(told(base.resolve(test::ExactBuffer(c.reference).view())), c.told) << c.reference;
  }
}

TEST(Url, KeepsEmptySegments) {
  struct Case {
    std::string_view base, reference, told;
  };
  for (const Case& c : {
           Case{"http://a//x/", "..", "http://a//"},
           Case{"http://a//x/", "../", "http://a//"},
           Case{"http://a//x/", "../y", "http://a//y"},
           Case{"http://a//x/", "../..", "http://a/"},
           Case{"http://a///x/", "..", "http://a///"},
           Case{"http://a/b//", ".", "http://a/b//"},
           Case{"http://a/b//", "..", "http://a/b/"},
           Case{"http://a/b//c", "d", "http://a/b//d"},
       }) {
    EXPECT_EQ(told(parse(c.base)->resolve(c.reference)), c.told) << c.base << ' ' << c.reference;
  }
}

TEST(Url, KnowsItsOrigin) {
  EXPECT_EQ(parse("https://a.example/x")->origin(), parse("https://A.example:443/y#z")->origin());
  EXPECT_NE(parse("https://a.example/")->origin(), parse("http://a.example/")->origin());
  EXPECT_NE(parse("https://a.example/")->origin(), parse("https://a.example:8443/")->origin());
}

// uriparser calls itself for each byte in some states.
TEST(Url, TakesLongOnes) {
  for (std::string_view piece : {"a", "/", "/..", "/.", "a/../", "%41", "?", "#", "ü", "@", ":", ";=", " "}) {
    std::string text = "http://a/";
    while (text.size() + piece.size() <= max_url_bytes) text += piece;
    const auto url = parse(text);
    ASSERT_TRUE(url) << piece;
    const auto resolved = url->resolve("?x");
    ASSERT_TRUE(resolved) << piece;
    const std::string path = url->target.substr(0, url->target.find('?'));
    EXPECT_TRUE(resolved->target == path + "?x") << piece;
  }
}

TEST(UrlError, EachIsDescribedDifferently) {
  std::set<std::string_view> sentences;
  for (auto error : {UrlError::no_scheme, UrlError::unknown_scheme, UrlError::no_host, UrlError::bad_userinfo,
                     UrlError::bad_host, UrlError::bad_port, UrlError::bad_character, UrlError::too_long}) {
    EXPECT_FALSE(describe(error).empty());
    EXPECT_TRUE(sentences.insert(describe(error)).second) << describe(error);
  }
}

}  // namespace
}  // namespace astray::url_test
