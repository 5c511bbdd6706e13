#include "probe/target.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

std::string told(const ProbeTarget& target) {
  std::string text = std::string(to_string(target.protocol)) + " " + target.host.text() + " " +
                     std::to_string(target.port.number());
  if (target.pinned) text += " at " + target.pinned->text();
  return text;
}

TEST(ProbeTarget, ReadsEveryForm) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a.example", "https a.example 443"},
      {"A.Example.", "https a.example 443"},
      {"  a.example\t", "https a.example 443"},
      {"a.example:8443", "https a.example 8443"},
      {"a.example:80", "http a.example 80"},
      {"a.example:8080", "http a.example 8080"},
      {"a.example:21", "ftp a.example 21"},
      {"a.example:25", "smtp a.example 25"},
      {"a.example:465", "smtps a.example 465"},
      {"a.example:587", "smtp a.example 587"},
      {"a.example:990", "ftps a.example 990"},
      {"https://a.example", "https a.example 443"},
      {"HTTPS://A.example/", "https a.example 443"},
      {"https://a.example:80", "https a.example 80"},
      {"http://a.example", "http a.example 80"},
      {"http://a.example:443/", "http a.example 443"},
      {"ftp://files.example", "ftp files.example 21"},
      {"ftps://files.example", "ftps files.example 990"},
      {"smtp://mail.example:2525", "smtp mail.example 2525"},
      {"smtps://mail.example", "smtps mail.example 465"},
      {"b\xC3\xBC\x63her.example", "https xn--bcher-kva.example 443"},
      {"https://B\xC3\x9C\x43HER.example/", "https xn--bcher-kva.example 443"},
      {"192.0.2.1", "https 192.0.2.1 443"},
      {"[2001:db8::1]", "https [2001:db8::1] 443"},
      {"[2001:DB8::1]:8443", "https [2001:db8::1] 8443"},
      {"https://[::1]/", "https [::1] 443"},
      {"a.example@192.0.2.1", "https a.example 443 at 192.0.2.1"},
      {"a.example@192.0.2.1:8443", "https a.example 8443 at 192.0.2.1"},
      {"a.example@[2001:db8::1]:8443", "https a.example 8443 at 2001:db8::1"},
      {"a.example@[2001:db8::1]", "https a.example 443 at 2001:db8::1"},
      {"a.example@127.0.0.1:80", "http a.example 80 at 127.0.0.1"},
      {"https://a.example@127.0.0.1:80/", "https a.example 80 at 127.0.0.1"},
      {"http://a.example@127.0.0.1", "http a.example 80 at 127.0.0.1"},
  };
  for (const auto& [text, expected] : cases) {
    const auto target = parse_target(text);
    ASSERT_TRUE(target.has_value()) << text << ": " << target.error().message;
    EXPECT_EQ(told(*target), expected) << text;
  }
  EXPECT_EQ(parse_target(" https://A.example/ ")->text, "https://A.example/");
}

TEST(ProbeTarget, RefusalsSayWhy) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "an empty target"},
      {"  ", "an empty target"},
      {"https://", "no name is given"},
      {":443", "neither a host name nor an IP address"},
      {"gopher://a.example", "the scheme 'gopher' is not spoken; expected one of https, http, ftp"},
      {"https://a.example/path", "it has a path"},
      {"a.example/path", "it has a path"},
      {"https://a.example/?q=1", "it has a query"},
      {"https://a.example?q", "it has a query"},
      {"https://a.example/#top", "it has a fragment"},
      {"https://user@a.example/", "behind '@' stands 'a.example', which is a name"},
      {"https://user:secret@192.0.2.1/", "a port or password stands before '@'"},
      {"a.example:443@192.0.2.1", "the port goes behind the address"},
      {"a.example@", "behind '@' stands nothing"},
      {"@192.0.2.1", "no name is given"},
      {"a.example@b.example", "which is a name"},
      {"a.example@192.0.2.1@192.0.2.2", "a second '@'"},
      {"a.example@2001:db8::1", "an IPv6 address without brackets"},
      {"a.example@192.0.2.1:0", "its port is not a number from 1 to 65535"},
      {"a.example@192.0.2.1:", "a ':' with no port"},
      {"2001:db8::1", "an IPv6 address needs brackets"},
      {"[2001:db8::1", "a '[' has no ']'"},
      {"[2001:db8::1]x", "neither a host name nor an IP address"},
      {"a.example:0", "its port is not a number from 1 to 65535"},
      {"a.example:65536", "its port is not a number from 1 to 65535"},
      {"a.example:https", "its port is not a number from 1 to 65535"},
      {"a.example:", "a ':' with no port behind it"},
      {"a..example", "is no name"},
      {"a b.example", "a blank"},
      {"*.example", "is no name"},
      {std::string_view("a\0.example", 10), "\\x00"},
  };
  for (const auto& [text, expected] : cases) {
    const auto target = parse_target(text);
    ASSERT_FALSE(target.has_value()) << text;
    EXPECT_NE(target.error().message.find(expected), std::string::npos) << target.error().message;
  }
}

TEST(ProbeTarget, ListsHaveOneTargetALine) {
  const auto targets = parse_target_list(
      "\xEF\xBB\xBF# names\n\na.example\r\n  b.example:8443   # staging\n\nhttps://c.example/", "names.txt");
  ASSERT_TRUE(targets.has_value()) << targets.error().message;
  ASSERT_EQ(targets->size(), 3u);
  EXPECT_EQ(told((*targets)[0]), "https a.example 443");
  EXPECT_EQ(told((*targets)[1]), "https b.example 8443");
  EXPECT_EQ((*targets)[2].text, "https://c.example/");
  EXPECT_TRUE(parse_target_list("", "names.txt")->empty());
  EXPECT_TRUE(parse_target_list("#a\n#b", "names.txt")->empty());
}

TEST(ProbeTarget, ErrorsOfListsNameTheLine) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a.example\nhttps://b.example/x\n", "names.txt:2: target 'https://b.example/x': it has a path"},
      {"\n\n:1", "names.txt:3: "},
      {"a.example b.example", "names.txt:1: 'a.example b.example' holds blanks; expected one target a line"},
      {"https://a.example/#top", "names.txt:1: target 'https://a.example/#top': it has a fragment"},
  };
  for (const auto& [text, expected] : cases) {
    const auto targets = parse_target_list(text, "names.txt");
    ASSERT_FALSE(targets.has_value()) << text;
    EXPECT_TRUE(targets.error().message.starts_with(expected)) << targets.error().message;
  }
}

}  // namespace
}  // namespace astray
