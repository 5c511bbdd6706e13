#include "tls/websocket_key.h"

#include <gtest/gtest.h>

#include "tls/base64.h"

namespace astray::websocket_key_test {
namespace {

TEST(WebsocketKey, IsAnsweredAsInTheExampleOfRfc6455) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebsocketKey, IsSixteenBytesThatNobodyHadBefore) {
  const std::string key = make_websocket_key();
  const auto bytes = decode_base64(key);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->size(), 16U);
  EXPECT_NE(make_websocket_key(), key);
}

}  // namespace
}  // namespace astray::websocket_key_test
