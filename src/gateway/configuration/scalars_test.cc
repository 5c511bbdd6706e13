#include "gateway/configuration/scalars.h"

#include <gtest/gtest.h>

namespace astray::gateway {
namespace {

/// What is printed of what is read; "! why" where it is not read.
template <typename T>
std::string printed(std::string_view text) {
  const auto value = parse_scalar(text, As<T>{});
  return value ? print_scalar(*value) : "! " + value.error();
}

struct ScalarCase {
  std::string_view text;
  std::string_view expected;
};

template <typename T>
void expect_printed(std::initializer_list<ScalarCase> cases) {
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(printed<T>(text), expected) << text;
    if (expected.starts_with("! ")) continue;
    EXPECT_EQ(printed<T>(expected), expected) << "what is printed reads as the same";
  }
}

TEST(Scalars, Numbers) {
  expect_printed<bool>({{"true", "true"}, {"false", "false"}, {"yes", "! "}, {"True", "! "}, {"", "! "}});
  expect_printed<uint32_t>({{"0", "0"},
                            {"999999999", "999999999"},
                            {"1000000000", "! "},
                            {"-1", "! "},
                            {"+1", "! "},
                            {"1.5", "! "},
                            {"010", "! it begins with a zero"},
                            {"", "! "}});
}

TEST(Scalars, DurationsAndSizes) {
  expect_printed<Milliseconds>({{"250ms", "250ms"},
                                {"5s", "5s"},
                                {"60s", "1m"},
                                {"90s", "90s"},
                                {"120m", "2h"},
                                {"0s", "0ms"},
                                {"1000ms", "1s"},
                                {"999999999h", "999999999h"},
                                {"5", "! the unit is missing"},
                                {"5 s", "! "},
                                {"s", "! "},
                                {"48h", "2d"},
                                {"5w", "! "},
                                {"-5s", "! "},
                                {"1000000000s", "! "}});
  expect_printed<ByteCount>({{"512B", "512B"},
                             {"64KiB", "64KiB"},
                             {"1024KiB", "1MiB"},
                             {"2048MiB", "2GiB"},
                             {"0KiB", "0B"},
                             {"65536", "! the unit is missing"},
                             {"64KB", "! "},
                             {"64k", "! "}});
}

TEST(Scalars, Addresses) {
  expect_printed<AddressBlock>(
      {{"10.0.0.0/8", "10.0.0.0/8"},
       {"0.0.0.0/0", "0.0.0.0/0"},
       {"192.0.2.1", "192.0.2.1/32"},
       {"2001:DB8::/32", "2001:db8::/32"},
       {"::1", "::1/128"},
       {"10.0.0.0/33", "! the prefix is not from 0 to 32"},
       {"::/129", "! the prefix is not from 0 to 128"},
       {"10.0.0.0/", "! the prefix is not from 0 to 32"},
       {"10.1.2.3/8", "! it has bits behind the prefix; the block is 10.0.0.0/8"},
       {"2001:db8::1/33", "! it has bits behind the prefix; the block is 2001:db8::/33"},
       {"localhost", "! "}});
  expect_printed<Endpoint>(
      {{"0.0.0.0:443", "0.0.0.0:443"},
       {"[::]:443", "[::]:443"},
       {"::1:443", "! an IPv6 address needs brackets before a port: [2001:db8::1]:443"},
       {"443", "! it does not start with an IPv4 address or an IPv6 address in brackets"},
       {"0.0.0.0", "! the port is missing: 192.0.2.1:443"},
       {"0.0.0.0:0", "! the port is not a number from 1 to 65535"}});
  expect_printed<BackAddress>({{"127.0.0.1:80", "127.0.0.1:80"},
                               {"[::1]:80", "[::1]:80"},
                               {"App.Internal:80", "app.internal:80"},
                               {"app.internal", "! the port is missing"},
                               {"app.internal:", "! the port is missing"}});
}

TEST(Scalars, AddressBlocksContain) {
  const AddressBlock block = *parse_scalar("10.32.0.0/11", As<AddressBlock>{});
  const auto has = [&](std::string_view text) { return block.contains(*IpAddress::parse(text)); };
  EXPECT_TRUE(has("10.32.0.0"));
  EXPECT_TRUE(has("10.63.255.255"));
  EXPECT_FALSE(has("10.31.255.255"));
  EXPECT_FALSE(has("10.64.0.0"));
  EXPECT_FALSE(has("::ffff:10.32.0.0"));
  EXPECT_TRUE(parse_scalar("::/0", As<AddressBlock>{})->contains(*IpAddress::parse("2001:db8::1")));
}

TEST(Scalars, Names) {
  expect_printed<NamePattern>(
      {{"WWW.Example.com.", "www.example.com"},
       {"*.example.com", "*.example.com"},
       {"192.0.2.1", "192.0.2.1"},
       {"2001:db8::1", "[2001:db8::1]"},
       {"[2001:db8::1]", "[2001:db8::1]"},
       {"*.192.0.2.1", "! nothing is below an address"},
       {"*", "! it has a character other than letters, digits, '-', '_' and '.'"},
       {"www.*.com", "! it has a character other than letters, digits, '-', '_' and '.'"},
       {"", "! it is empty"}});
  expect_printed<Host>({{"a.example", "a.example"}, {"::1", "[::1]"}});
  expect_printed<Authority>({{"a.example:8443", "a.example:8443"}, {"a.example", "a.example"}});
  expect_printed<ServerName>(
      {{"A.example", "a.example"}, {"192.0.2.1", "! SNI never carries an address"}, {"a b", "! "}});
  expect_printed<Label>({{"app-1_a.b", "app-1_a.b"}, {"1app", "! "}, {"", "! "}, {"a b", "! "}});
  EXPECT_EQ(printed<Label>(std::string(64, 'a')), std::string(64, 'a'));
  EXPECT_EQ(printed<Label>(std::string(65, 'a')), "! ");
}

TEST(Scalars, PartsOfRequests) {
  expect_printed<UrlPathText>({{"/", "/"},
                               {"/a%20b", "/a%20b"},
                               {"a", "! "},
                               {"", "! "},
                               {"/?", "! "},
                               {"/#", "! "},
                               {"/a b", "! "}});
  expect_printed<FieldName>({{"X-Id", "X-Id"}, {"X Id", "! "}, {"X:", "! "}, {"", "! "}});
  expect_printed<MethodName>({{"GET", "GET"}, {"M-SEARCH", "M-SEARCH"}, {"G T", "! "}, {"", "! "}});
  expect_printed<FieldValue>({{"", ""},
                              {"a b", "a b"},
                              {"a\r\nb", "! it has a control character"},
                              {" a", "! it begins or ends with a blank"}});
  expect_printed<RegexText>({{"^/a", "^/a"}, {"", "! "}, {"\n", "! it has a control character"}});
  expect_printed<FilePath>({{"/etc/x", "/etc/x"}, {"", "! "}});
  expect_printed<PlainText>({{"json", "json"}, {"", "! "}});
}

}  // namespace
}  // namespace astray::gateway
