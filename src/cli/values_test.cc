// The small parsers of option values.
#include <gtest/gtest.h>

#include "cli/instant_text.h"
#include "cli/listen_address.h"
#include "cli/regex_sample.h"
#include "cli/server_choice.h"

namespace astray {
namespace {

TEST(Instant, ReadsDaysAndMoments) {
  struct Case {
    std::string_view text;
    std::optional<int64_t> seconds;
  };
  // Seconds from `date -u -d TEXT +%s`.
  const Case cases[] = {
      {"1970-01-01", 0},
      {"2026-01-01", 1767225600},
      {"2024-02-29", 1709164800},
      {"2026-06-30T23:59:59Z", 1782863999},
      {"2023-02-29", std::nullopt},
      {"2026-13-01", std::nullopt},
      {"2026-1-1", std::nullopt},
      {"2026-01-01T24:00:00Z", std::nullopt},
      {"2026-01-01T00:00:00", std::nullopt},
      {"2026/01/01", std::nullopt},
      {"-026-01-01", std::nullopt},
      {"2026-01-0x", std::nullopt},
      {"", std::nullopt},
  };
  for (const Case& c : cases) {
    const std::optional<Instant> instant = parse_instant(c.text);
    EXPECT_EQ(instant ? std::optional(instant->unix_seconds) : std::nullopt, c.seconds) << c.text;
  }
}

TEST(ListenAddress, ReadsWhatAClientConnectsTo) {
  struct Case {
    std::string_view text, expected;
  };
  const Case cases[] = {
      {"192.0.2.1:8443", "192.0.2.1:8443"},
      {"192.0.2.1", "192.0.2.1:443"},
      {"[2001:db8::1]:8443", "[2001:db8::1]:8443"},
      {"[::1]", "[::1]:443"},
      {"::1", "[::1]:443"},
      {"*:80", "*:80"},
      {"*", "*:443"},
      {"unix:/run/x", "unix:/run/x"},
      {"", ""},
      {"localhost:443", ""},
      {"192.0.2.1:", ""},
      {"192.0.2.1:0", ""},
      {"192.0.2.1:65536", ""},
      {"[::1:443", ""},
      {"[::1]x:443", ""},
      {":443", ""},
      {"192.0.2.300:1", ""},
  };
  for (const Case& c : cases) {
    const Result<ListenAddress> address = parse_listen_address(c.text);
    EXPECT_EQ(address ? address->text() : "", c.expected) << c.text;
  }
}

TEST(ServerChoice, ReadsEveryForm) {
  const Result<ServerChoice> plain = parse_server_choice("nginx");
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->server->id, "nginx");
  EXPECT_FALSE(plain->version.has_value());
  const Result<ServerChoice> full = parse_server_choice("a=b/nginx.conf=httpd@2.4.65-1~deb12u1");
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(full->input, "a=b/nginx.conf");
  EXPECT_EQ(full->server->id, "httpd");
  EXPECT_EQ(full->version, (Version{2, 4, 65}));
  EXPECT_EQ(parse_server_choice("apache2@2.4.65")->server->id, "httpd");
  for (const std::string_view bad :
       {"", "ngin", "nginx@", "nginx@1", "=nginx", "x=", "@1.2.3", "nginx@1.2.x"}) {
    EXPECT_FALSE(parse_server_choice(bad).has_value()) << bad;
  }
}

TEST(VersionInText, ReadsWhatServersPrint) {
  const auto text_of = [](std::string_view text) {
    const std::optional<BinaryVersion> version = version_in_text(text);
    return version ? std::string(version->server->id) + " " + version->version.text() : "";
  };
  EXPECT_EQ(text_of("nginx version: nginx/1.22.1\n"), "nginx 1.22.1");
  EXPECT_EQ(text_of("nginx version: nginx/1.29.7 (Ubuntu)\nbuilt by gcc\n"), "nginx 1.29.7");
  EXPECT_EQ(text_of("Server version: Apache/2.4.65 (Debian)\nServer built:   2025\n"), "httpd 2.4.65");
  EXPECT_EQ(text_of("nginx version: openresty/1.21.4.1\n"), "");
  EXPECT_EQ(text_of("nginx version: nginx/\n"), "");
  EXPECT_EQ(text_of(""), "");
}

TEST(RegexSample, MakesNamesOfUsualExpressions) {
  struct Case {
    std::string_view expression, expected;
  };
  const Case cases[] = {
      {R"(^www\.example\.com$)", "www.example.com"},
      {R"(^(www\.)?example\.com$)", "example.com"},
      {R"(^(?<user>.+)\.example\.com$)", "a.example.com"},
      {R"(^(?P<user>[a-z0-9-]+)\.example\.com$)", "a.example.com"},
      {R"(^(?'user'\w+)\.x$)", "a.x"},
      {R"(^(?:a|b)\.x$)", "a.x"},
      {R"(^api\d+\.)", "api1.example"},
      {R"(\.example\.com$)", "any.example.com"},
      {R"(^WWW\d{3}\.x$)", "www111.x"},
      {R"(^[^.]+\.x$)", "a.x"},
      {R"(^[]a]b$)", "]b"},
      {R"(^a{2,5}?b*+c$)", "aac"},
      // Not of the usual kinds, or not well-formed.
      {R"(^(?!www)x$)", ""},
      {R"(^(?=www)x$)", ""},
      {R"(^(?<=a)x$)", ""},
      {R"(^(a)\1$)", ""},
      {"(", ""},
      {")", ""},
      {"[", ""},
      {"*", ""},
      {"a{", ""},
      {"\\", ""},
      {"", ""},
      {"^$", ""},
  };
  for (const Case& c : cases)
    EXPECT_EQ(sample_for_regex(c.expression).value_or(""), c.expected) << c.expression;
  // Neither depth nor nested counts can use up the machine.
  EXPECT_EQ(sample_for_regex(std::string(100'000, '(')), std::nullopt);
  EXPECT_EQ(sample_for_regex("((((((((((a{99}){99}){99}){99}){99}){99}){99}){99}){99}){99})"), std::nullopt);
  EXPECT_EQ(sample_for_regex("a{99999999999999999999}"), std::nullopt);
}

}  // namespace
}  // namespace astray
