#include "names/origin.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::origin_test {
namespace {

using namespace std::string_literals;

Result<Origin, Origin::Error> parse(std::string_view text) {
  return Origin::parse(test::ExactBuffer(text).view());
}

TEST(Origin, ParsesAndPrints) {
  struct Case {
    std::string_view text;
    Scheme scheme;
    uint16_t port;
    std::string_view printed;
  };
  for (const Case& c :
       {Case{"https://example.com", Scheme::https, 443, "https://example.com"},
        Case{"HTTPS://Example.COM.:443", Scheme::https, 443, "https://example.com"},
        Case{"https://example.com:", Scheme::https, 443, "https://example.com"},
        Case{"https://example.com:8443", Scheme::https, 8443, "https://example.com:8443"},
        Case{"https://example.com:80", Scheme::https, 80, "https://example.com:80"},
        Case{"http://example.com", Scheme::http, 80, "http://example.com"},
        Case{"http://example.com:443", Scheme::http, 443, "http://example.com:443"},
        Case{"https://[2001:DB8::1]:443", Scheme::https, 443, "https://[2001:db8::1]"},
        Case{"http://192.0.2.1:8080", Scheme::http, 8080, "http://192.0.2.1:8080"},
        Case{"https://bücher.example", Scheme::https, 443, "https://xn--bcher-kva.example"}}) {
    auto origin = parse(c.text);
    ASSERT_TRUE(origin) << c.text;
    EXPECT_EQ(origin->scheme, c.scheme) << c.text;
    EXPECT_EQ(origin->port.number(), c.port) << c.text;
    EXPECT_EQ(origin->text(), c.printed) << c.text;
    EXPECT_EQ(parse(origin->text()), *origin) << c.text;
  }
}

TEST(Origin, RefusesWithTheReason) {
  struct Case {
    std::string text;
    Origin::Error error;
  };
  const Case cases[] = {
      {"", Origin::Error::no_scheme},
      {"null", Origin::Error::no_scheme},
      {"example.com", Origin::Error::no_scheme},
      {"example.com:443", Origin::Error::no_scheme},
      {"https:example.com", Origin::Error::no_scheme},
      {"https:/example.com", Origin::Error::no_scheme},
      {"//example.com", Origin::Error::no_scheme},
      {"://example.com", Origin::Error::no_scheme},
      {"wss://example.com", Origin::Error::unknown_scheme},
      {"file:///etc", Origin::Error::unknown_scheme},
      {" https://example.com", Origin::Error::unknown_scheme},
      {"https\0://example.com"s, Origin::Error::unknown_scheme},
      {"https://", Origin::Error::bad_authority},
      {"https:///path", Origin::Error::bad_authority},
      {"https://user@example.com", Origin::Error::bad_authority},
      {"https://example.com:0", Origin::Error::bad_authority},
      {"https://example.com:65536", Origin::Error::bad_authority},
      {"https://::1", Origin::Error::bad_authority},
      {"https://example.com\0"s, Origin::Error::bad_authority},
      {"https://example.com ", Origin::Error::bad_authority},
      {"https://user@example.com/", Origin::Error::bad_authority},
      {"https://https://example.com", Origin::Error::has_path},
      {"https://example.com/", Origin::Error::has_path},
      {"https://example.com/path", Origin::Error::has_path},
      {"https://example.com:8443/", Origin::Error::has_path},
      {"https://example.com?query", Origin::Error::has_path},
      {"https://example.com#fragment", Origin::Error::has_path},
  };
  for (const Case& c : cases) {
    auto origin = parse(c.text);
    ASSERT_FALSE(origin) << c.text << " became " << origin->text();
    EXPECT_EQ(origin.error(), c.error) << c.text;
  }
}

TEST(Origin, TakesTheSchemesPortForAnAuthorityWithout) {
  Authority authority = *Authority::parse("example.com");
  EXPECT_EQ(Origin::of(Scheme::https, authority), *parse("https://example.com:443"));
  EXPECT_EQ(Origin::of(Scheme::http, authority), *parse("http://example.com"));
  EXPECT_NE(Origin::of(Scheme::http, authority), Origin::of(Scheme::https, authority));
  EXPECT_NE(*parse("http://example.com:443"), *parse("https://example.com"));
}

}  // namespace
}  // namespace astray::origin_test
