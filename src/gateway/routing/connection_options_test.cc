#include "gateway/routing/connection_options.h"

#include <gtest/gtest.h>

namespace astray::gateway {
namespace {

TEST(ConnectionOptions, AreListed) {
  ConnectionOptions options;
  EXPECT_EQ(options.add("close, ,X-Mine"), std::nullopt);
  EXPECT_FALSE(options.upgrade());
  EXPECT_EQ(options.add("Keep-Alive,Upgrade"), std::nullopt);
  EXPECT_TRUE(options.upgrade());
  EXPECT_TRUE(options.names("x-mine"));
  EXPECT_FALSE(options.names("x-min"));
  EXPECT_FALSE(options.names(""));
}

TEST(ConnectionOptions, FieldsForEveryoneAreNotForOneConnection) {
  for (const std::string_view value :
       {"Authorization", "close, cookie", "Content-Length", "HOST", "content-type", "X-Forwarded-For",
        "x_forwarded_for", "X-Forwarded-Anything", "Forwarded", "x-real-ip", "Via", "Expect", "Client-Cert",
        "cache-control", "x y", "\"close\"", ":authority", "close;"})
    EXPECT_EQ(ConnectionOptions().add(value), RequestProblem::bad_connection_option) << value;
  for (const std::string_view value : {"close", "keep-alive", "Keep-Alive, Upgrade, HTTP2-Settings", "TE",
                                       "Transfer-Encoding", "proxy-connection", "X-Hop", ""})
    EXPECT_EQ(ConnectionOptions().add(value), std::nullopt) << value;
}

TEST(ConnectionOptions, HaveALimit) {
  ConnectionOptions options;
  for (int i = 0; i < most_connection_options; ++i) EXPECT_EQ(options.add("x-hop"), std::nullopt);
  EXPECT_EQ(options.add("close"), std::nullopt);
  EXPECT_EQ(options.add("x-hop"), RequestProblem::many_connection_options);
}

}  // namespace
}  // namespace astray::gateway
