#include "client/basic_credentials.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::client {
namespace {

TEST(BasicCredentials, DecodesTheUrlAndEncodesTheField) {
  struct Case {
    std::string_view userinfo, field;
  };
  for (const Case& c : {
           Case{"Aladdin:open%20sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},  // RFC 7617 §2
           Case{"test:123%C2%A3", "Basic dGVzdDoxMjPCow=="},                     // RFC 7617 §2.1
           Case{"user", "Basic dXNlcjo="},
           Case{"user:", "Basic dXNlcjo="},
           Case{":", "Basic Og=="},
           Case{"a:b:c", "Basic YTpiOmM="},
           Case{"a%3a", "Basic YTo6"},
           Case{"a:%4", "Basic YTolNA=="},
           Case{"a:%zz", "Basic YToleno="},
       }) {
    EXPECT_EQ(basic_credentials(test::ExactBuffer(c.userinfo).view()), c.field) << c.userinfo;
  }
}

}  // namespace
}  // namespace astray::client
