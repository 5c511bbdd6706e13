#include "gateway/refusal/trouble.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "http1/status_phrase.h"

namespace astray::gateway {
namespace {

constexpr int troubles = static_cast<int>(Trouble::back_misdirected) + 1;

TEST(Trouble, HasAnIdOfItsOwnAndAStatusWithAPhrase) {
  std::set<std::string_view> ids;
  for (int i = 0; i < troubles; ++i) {
    const auto trouble = static_cast<Trouble>(i);
    EXPECT_TRUE(ids.insert(to_string(trouble)).second) << to_string(trouble);
    EXPECT_GE(status(trouble), 400);
    EXPECT_FALSE(http1::status_phrase(status(trouble)).empty()) << to_string(trouble);
    // Nothing of this kind is cured by another connection to the gateway.
    EXPECT_NE(status(trouble), 421);
  }
}

TEST(Trouble, SaysWhatHappenedInEachFormat) {
  const std::string text = trouble_body(Trouble::back_misdirected, "10.0.0.1:443 answered 421 twice",
                                        "a.example", RefusalFormat::text);
  EXPECT_EQ(
      text,
      "502 Bad Gateway\n\nthe back says that it is not the server for this authority: 10.0.0.1:443 answered "
      "421 twice (back-misdirected).\nThe request asks for: a.example\n");
  const std::string json = trouble_body(Trouble::no_route, "", "a.example", RefusalFormat::json);
  EXPECT_EQ(json,
            "{\"error\":\"Not Found\",\"code\":\"404\",\"message\":\"no route of this virtual host takes the "
            "request\",\"reason\":\"no-route\",\"authority\":\"a.example\"}\n");
}

TEST(Trouble, EscapesWhatPeersSent) {
  const std::string html =
      trouble_body(Trouble::back_malformed, "<script>\r\n\x01", "\"><b>", RefusalFormat::html);
  EXPECT_EQ(html.find("<script>"), std::string::npos);
  EXPECT_EQ(html.find("<b>"), std::string::npos);
  EXPECT_EQ(html.find('\r'), std::string::npos);
  EXPECT_EQ(html.find('\x01'), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;"), std::string::npos);
}

}  // namespace
}  // namespace astray::gateway
