#include "gateway/forwarded_scheme.h"

#include <gtest/gtest.h>

namespace astray::gateway {
namespace {

TEST(ForwardedScheme, IsThatOfTheLastHop) {
  struct Case {
    std::string_view value;
    std::optional<Scheme> scheme;
  };
  const Case cases[] = {
      {"proto=https", Scheme::https},
      {"for=192.0.2.1;proto=http;by=203.0.113.4", Scheme::http},
      {"for=192.0.2.1;PROTO=\"HTTPS\"", Scheme::https},
      {"proto=http, for=\"[2001:db8::1]:4711\"; proto=https", Scheme::https},
      {"proto=https, for=192.0.2.1", std::nullopt},
      {"for=\"a;proto=https,b\";proto=http", Scheme::http},
      {"for=\"a\\\";proto=https\"", std::nullopt},
      {"for=\"open;proto=https", std::nullopt},
      {"proto=ftp", std::nullopt},
      {"proto", std::nullopt},
      {"", std::nullopt},
      {",", std::nullopt},
  };
  for (const Case& each : cases) EXPECT_EQ(forwarded_scheme(each.value), each.scheme) << each.value;
}

}  // namespace
}  // namespace astray::gateway
