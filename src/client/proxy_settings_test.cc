#include "client/proxy_settings.h"

#include <gtest/gtest.h>

#include <map>

namespace astray::client {
namespace {

using Environment = std::map<std::string, std::string>;

ProxySettings read(const Environment& environment, const ProxyOptions& options = {}) {
  return ProxySettings::read(
      [&environment](const std::string& name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
      },
      options);
}

std::string told(const Result<const Proxy*>& proxy) {
  if (!proxy) return proxy.error().message;
  if (*proxy == nullptr) return "direct";
  std::string text = std::string(to_string((*proxy)->scheme)) + "://" + (*proxy)->authority.text();
  if ((*proxy)->authorization) text += ' ' + *(*proxy)->authorization;
  return text;
}

TEST(Proxy, IsReadAsCurlReadsIt) {
  struct Case {
    std::string_view text, told;
  };
  for (const Case& c : {
           Case{"proxy", "http://proxy:1080"},
           Case{"proxy:3128", "http://proxy:3128"},
           Case{"http://proxy", "http://proxy:1080"},
           Case{"HTTPS://Proxy.", "https://proxy:443"},
           Case{"https://proxy:8443/", "https://proxy:8443"},
           Case{"http://proxy:3128/path?x", "http://proxy:3128"},
           Case{"[::1]:3128", "http://[::1]:3128"},
           Case{"192.0.2.1", "http://192.0.2.1:1080"},
           Case{"http://Aladdin:open%20sesame@proxy:1", "http://proxy:1 Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
           Case{"user@proxy:1", "http://proxy:1 Basic dXNlcjo="},
           Case{"socks", "http://socks:1080"},
           Case{"socks.example:1080", "http://socks.example:1080"},
       }) {
    const auto proxy = Proxy::parse(c.text, "x");
    ASSERT_TRUE(proxy) << proxy.error().message;
    EXPECT_EQ(told(&*proxy), c.told) << c.text;
  }
}

TEST(Proxy, IsRefusedWithoutTellingThePassword) {
  struct Case {
    std::string_view text, message;
  };
  for (const Case& c : {
           Case{"socks5://localhost:1080", "\"socks5://localhost:1080\": SOCKS proxies are not supported"},
           Case{"SOCKS5h://u:p@h", "\"SOCKS5h://…@h\": SOCKS proxies are not supported"},
           Case{"ftp://proxy", "\"ftp://proxy\": its scheme is neither http nor https"},
           Case{"http://", "\"http://\": it has no host"},
           Case{"proxy:0", "\"proxy:0\": its port is not a number from 1 to 65535"},
           Case{"http://user:secret@a..b", "\"http://…@a..b\": its host is neither"},
           Case{"user:sec@ret@proxy", "\"…@proxy\": what stands before the '@'"},
           Case{"u:p://x@proxy:y", "\"…@proxy:y\": its host is neither"},
       }) {
    const auto proxy = Proxy::parse(c.text, "https_proxy");
    ASSERT_FALSE(proxy) << c.text;
    const std::string& message = proxy.error().message;
    EXPECT_TRUE(message.starts_with("https_proxy is " + std::string(c.message))) << message;
    EXPECT_TRUE(message.ends_with("; expected is [http://|https://][user:password@]host[:port]")) << message;
  }
}

TEST(ProxySettings, TakeTheVariableOfTheScheme) {
  struct Case {
    Environment environment;
    std::string_view http, https;
  };
  const Case cases[] = {
      {{}, "direct", "direct"},
      {{{"http_proxy", "a:1"}}, "http://a:1", "direct"},
      {{{"HTTP_PROXY", "a:1"}}, "direct", "direct"},
      {{{"https_proxy", "a:1"}}, "direct", "http://a:1"},
      {{{"HTTPS_PROXY", "a:1"}}, "direct", "http://a:1"},
      {{{"https_proxy", "a:1"}, {"HTTPS_PROXY", "b:1"}}, "direct", "http://a:1"},
      {{{"https_proxy", ""}, {"HTTPS_PROXY", "b:1"}}, "direct", "http://b:1"},
      {{{"all_proxy", "c:1"}}, "http://c:1", "http://c:1"},
      {{{"ALL_PROXY", "c:1"}}, "http://c:1", "http://c:1"},
      {{{"all_proxy", "c:1"}, {"ALL_PROXY", "d:1"}}, "http://c:1", "http://c:1"},
      {{{"http_proxy", "a:1"}, {"HTTPS_PROXY", "b:1"}, {"ALL_PROXY", "c:1"}}, "http://a:1", "http://b:1"},
      {{{"HTTP_PROXY", "a:1"}, {"all_proxy", "c:1"}}, "http://c:1", "http://c:1"},
  };
  for (const Case& c : cases) {
    const ProxySettings settings = read(c.environment);
    EXPECT_EQ(told(settings.proxy_for(*Url::parse("http://x.example/"))), c.http);
    EXPECT_EQ(told(settings.proxy_for(*Url::parse("https://x.example/"))), c.https);
  }
  EXPECT_EQ(told(ProxySettings().proxy_for(*Url::parse("http://x.example/"))), "direct");
}

TEST(ProxySettings, LetOptionsWin) {
  const Environment environment = {{"all_proxy", "a:1"}, {"NO_PROXY", "direct.example"}};
  struct Case {
    ProxyOptions options;
    std::string_view url, told;
  };
  const Case cases[] = {
      {{}, "http://x.example", "http://a:1"},
      {{}, "http://direct.example", "direct"},
      {{.proxy = "https://b"}, "http://x.example", "https://b:443"},
      {{.proxy = "https://b"}, "https://x.example", "https://b:443"},
      {{.proxy = "https://b"}, "http://direct.example", "direct"},
      {{.proxy = ""}, "http://x.example", "direct"},
      {{.no_proxy = ""}, "http://direct.example", "http://a:1"},
      {{.no_proxy = "x.example"}, "http://x.example", "direct"},
      {{.no_proxy = "x.example"}, "http://direct.example", "http://a:1"},
      {{.proxy = "b:1", .no_proxy = "*"}, "http://x.example", "direct"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(told(read(environment, c.options).proxy_for(*Url::parse(c.url))), c.told) << c.url;
}

TEST(ProxySettings, ComplainOnlyWhereAValueIsNeeded) {
  const ProxySettings settings =
      read({{"http_proxy", "a:1"}, {"ALL_PROXY", "socks5://b"}, {"no_proxy", "direct.example,10.*"}});
  EXPECT_EQ(told(settings.proxy_for(*Url::parse("http://x.example"))), "http://a:1");
  EXPECT_EQ(told(settings.proxy_for(*Url::parse("https://direct.example"))), "direct");
  EXPECT_TRUE(
      told(settings.proxy_for(*Url::parse("https://x.example"))).starts_with("ALL_PROXY is \"socks5://b\""));
  EXPECT_EQ(settings.no_proxy().unread(), std::vector<std::string>{"10.*"});

  const auto bad = read({}, {.proxy = "a:0"}).proxy_for(*Url::parse("http://x.example"));
  EXPECT_TRUE(told(bad).starts_with("--proxy is \"a:0\""));
}

}  // namespace
}  // namespace astray::client
