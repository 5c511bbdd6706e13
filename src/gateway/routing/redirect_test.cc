#include "gateway/routing/redirect.h"

#include <gtest/gtest.h>

namespace astray::gateway {
namespace {

Origin origin(std::string_view text) {
  return Origin::parse(text).value();
}
Authority authority(std::string_view text) {
  return Authority::parse(text).value();
}

TEST(Redirect, StatusCodes) {
  EXPECT_EQ(status_code(RedirectStatus::moved_permanently), 301);
  EXPECT_EQ(status_code(RedirectStatus::found), 302);
  EXPECT_EQ(status_code(RedirectStatus::see_other), 303);
  EXPECT_EQ(status_code(RedirectStatus::temporary_redirect), 307);
  EXPECT_EQ(status_code(RedirectStatus::permanent_redirect), 308);
}

TEST(Redirect, WhatIsNotSaidStays) {
  struct {
    RedirectSettings settings;
    std::string_view asked, target, expected;
  } const cases[] = {
      {{}, "https://a.example", "/x?y=z", "https://a.example/x?y=z"},
      {{}, "https://a.example:8443", "/x", "https://a.example:8443/x"},
      {{.scheme = Scheme::https, .authority = {}, .path = {}},
       "http://a.example",
       "/x",
       "https://a.example/x"},
      // The old port speaks http.
      {{.scheme = Scheme::https, .authority = {}, .path = {}},
       "http://a.example:8080",
       "/",
       "https://a.example/"},
      {{.scheme = Scheme::https, .authority = {}, .path = {}},
       "https://a.example:8443",
       "/",
       "https://a.example:8443/"},
      {{.scheme = {}, .authority = authority("b.example"), .path = {}},
       "https://a.example:8443",
       "/x",
       "https://b.example/x"},
      {{.scheme = {}, .authority = authority("b.example:443"), .path = {}},
       "https://a.example",
       "/x",
       "https://b.example/x"},
      {{.scheme = Scheme::http, .authority = authority("b.example:443"), .path = {}},
       "https://a.example",
       "/x",
       "http://b.example:443/x"},
      {{.scheme = {}, .authority = authority("b.example:81"), .path = {}},
       "http://a.example",
       "/x",
       "http://b.example:81/x"},
      {{.scheme = {}, .authority = {}, .path = UrlPathText{"/new"}},
       "https://a.example",
       "/old?q=1?2",
       "https://a.example/new?q=1?2"},
      {{.scheme = {}, .authority = {}, .path = UrlPathText{"/new"}},
       "https://a.example",
       "/old",
       "https://a.example/new"},
      {{}, "https://[2001:db8::1]:8443", "/x", "https://[2001:db8::1]:8443/x"},
      {{}, "https://192.0.2.1", "//evil.example/x", "https://192.0.2.1//evil.example/x"},
      {{}, "https://a.example", "*", "https://a.example/"},
      {{}, "https://a.example", "", "https://a.example/"},
  };
  for (const auto& [settings, asked, target, expected] : cases)
    EXPECT_EQ(location(settings, origin(asked), target), expected) << asked << " " << target;
}

TEST(Redirect, ToTls) {
  EXPECT_EQ(https_location(origin("http://a.example"), "/x?y", Port(443)), "https://a.example/x?y");
  EXPECT_EQ(https_location(origin("http://a.example:8080"), "/", Port(8443)), "https://a.example:8443/");
  EXPECT_EQ(https_location(origin("http://a.example"), "*", Port(443)), "https://a.example/");
}

}  // namespace
}  // namespace astray::gateway
