#include "servers/nginx/host_text.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::nginx {
namespace {

constexpr Version loose{1, 22, 1};
constexpr Version strict{1, 31, 4};

std::string text_of(std::string_view bytes, Version version) {
  const test::ExactBuffer buffer(bytes);
  const HostText host(buffer.view(), version);
  return host.is_valid() ? std::string(host.name()) : "(invalid)";
}

struct Row {
  std::string_view bytes;
  std::string_view in_1_22;
  std::string_view in_1_31;
};

// nginx 1.22.1 and 1.31.4 answer 400 where "(invalid)" stands, and look up the name that stands there
// otherwise: both were asked with these bytes as Host (servers that tell their name in the body).
constexpr Row rows[] = {
    {"a.test", "a.test", "a.test"},
    {"A.TeSt", "a.test", "a.test"},
    {"a.test.", "a.test", "a.test"},
    {"a.test..", "(invalid)", "(invalid)"},
    {"a..test", "(invalid)", "(invalid)"},
    {".a.test", ".a.test", ".a.test"},
    {".", "(invalid)", "(invalid)"},
    {"", "(invalid)", "(invalid)"},
    {":80", "(invalid)", "(invalid)"},
    {"a.test:443", "a.test", "a.test"},
    {"a.test.:443", "a.test", "a.test"},
    {"a.test:", "a.test", "a.test"},
    {"a.test:x", "a.test", "(invalid)"},
    {"a.test:65535", "a.test", "a.test"},
    {"a.test:65536", "a.test", "(invalid)"},
    {"a.test:1:2", "a.test", "(invalid)"},
    {"a.test.:1.2", "a.test.", "(invalid)"},
    {"a b", "(invalid)", "(invalid)"},
    {"a/b", "(invalid)", "(invalid)"},
    {std::string_view("a\0b", 3), "(invalid)", "(invalid)"},
    {"a\x7f", "(invalid)", "(invalid)"},
    {"user@a.test", "user@a.test", "(invalid)"},
    {"a\\b", "a\\b", "(invalid)"},
    {"a%41", "a%41", "a%41"},
    {"a,b~c_d", "a,b~c_d", "a,b~c_d"},
    {"b\xc3\xbc"
     "cher.test",
     "b\xc3\xbc"
     "cher.test",
     "(invalid)"},
    {"192.0.2.1:80", "192.0.2.1", "192.0.2.1"},
    {"[2001:DB8::1]", "[2001:db8::1]", "[2001:db8::1]"},
    {"[2001:db8::1]:443", "[2001:db8::1]", "[2001:db8::1]"},
    {"[2001:db8::1]x", "[2001:db8::1]", "(invalid)"},
    {"[2001:db8::1", "[2001:db8::1", "(invalid)"},
    {"[%]", "[%]", "(invalid)"},
    {"[", "[", "(invalid)"},
    {"a[b]", "a[b]", "(invalid)"},
};

TEST(NginxHostText, IsWhatNginxMakesOfIt) {
  for (const Row& row : rows) {
    EXPECT_EQ(text_of(row.bytes, loose), row.in_1_22) << row.bytes;
    EXPECT_EQ(text_of(row.bytes, strict), row.in_1_31) << row.bytes;
  }
}

TEST(NginxHostText, FoldsLongNames) {
  EXPECT_EQ(text_of(std::string(300, 'A'), loose), std::string(300, 'a'));
}

TEST(NginxHostText, KnowsWhatARequestLineMayCarry) {
  for (const std::string_view authority : {"a.test", "a.test:80", "a.test:", "[::1]", "[::1]:80", "A-1.test"})
    EXPECT_TRUE(is_parsable_target_authority(authority)) << authority;
  for (const std::string_view authority : {"a_b", "user@a", "a:x", "[::1", "[::1]x", "a%41", "a,b"})
    EXPECT_FALSE(is_parsable_target_authority(authority)) << authority;
}

}  // namespace
}  // namespace astray::nginx
