#include "names/endpoint.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::endpoint_test {
namespace {

TEST(Endpoint, ParsesAndPrints) {
  for (std::string_view text : {"192.0.2.1:443", "[::1]:443", "[2001:db8::1]:1", "0.0.0.0:65535"}) {
    auto endpoint = Endpoint::parse(test::ExactBuffer(text).view());
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->text(), text);
  }
  EXPECT_EQ(Endpoint::parse("[2001:DB8:0::1]:0080")->text(), "[2001:db8::1]:80");
}

TEST(Endpoint, SaysWhatIsWrong) {
  struct Case {
    std::string_view text;
    EndpointError expected;
  };
  constexpr Case cases[] = {
      {"", EndpointError::bad_address},
      {":443", EndpointError::bad_address},
      {"example.com:443", EndpointError::bad_address},
      {"192.0.2.1", EndpointError::missing_port},
      {"192.0.2.1:", EndpointError::bad_port},
      {"192.0.2.1:0", EndpointError::bad_port},
      {"192.0.2.1:65536", EndpointError::bad_port},
      {"192.0.2.1:443x", EndpointError::bad_port},
      {"192.0.2.1:443:1", EndpointError::bad_port},
      {"192.0.2.256:443", EndpointError::bad_address},
      {"[::1]", EndpointError::missing_port},
      {"[::1]443", EndpointError::bad_address},
      {"[::1:443", EndpointError::bad_address},
      {"[]:443", EndpointError::bad_address},
      {"[", EndpointError::bad_address},
      {"[192.0.2.1]:443", EndpointError::bad_address},
      {"[fe80::1%eth0]:443", EndpointError::bad_address},
      {"2001:db8::1:443", EndpointError::unbracketed_ipv6},
      {"::1:443", EndpointError::unbracketed_ipv6},
  };
  for (const Case& c : cases) {
    auto endpoint = Endpoint::parse(test::ExactBuffer(c.text).view());
    ASSERT_FALSE(endpoint) << c.text;
    EXPECT_EQ(describe(endpoint.error()), describe(c.expected)) << c.text;
  }
}

}  // namespace
}  // namespace astray::endpoint_test
