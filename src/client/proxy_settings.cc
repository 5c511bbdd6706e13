#include "client/proxy_settings.h"

#include <fmt/format.h>

#include <initializer_list>

#include "base/ascii.h"
#include "client/basic_credentials.h"

namespace astray::client {
namespace {

// curl(1), --proxy: 1080 for all but HTTPS proxies.
constexpr Port default_port(Scheme scheme) {
  return scheme == Scheme::https ? Port::of(Scheme::https) : Port(1080);
}

/// For messages: what stands before an '@' may be a password.
std::string without_password(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos) return std::string(text);
  const size_t colon = text.find(':');
  const size_t kept =
      colon != std::string_view::npos && text.substr(colon).starts_with("://") ? colon + 3 : 0;
  return fmt::format("{}…{}", text.substr(0, kept), text.substr(at));
}

Failure<Error> bad_proxy(std::string_view name, std::string_view text, std::string_view what) {
  return failure(fmt::format("{} is \"{}\": {}; expected is [http://|https://][user:password@]host[:port]",
                             name, without_password(text), what));
}

struct Setting {
  std::string name;
  std::string value;
};

std::optional<Setting> first_set(const EnvironmentLookup& environment,
                                 std::initializer_list<const char*> names) {
  for (const std::string name : names) {
    auto value = environment(name);
    if (value && !value->empty()) return Setting{name, std::move(*value)};
  }
  return std::nullopt;
}

std::optional<Result<Proxy>> read_proxy(const std::optional<Setting>& setting) {
  if (!setting) return std::nullopt;
  return Proxy::parse(setting->value, setting->name);
}

}  // namespace

Result<Proxy> Proxy::parse(std::string_view text, std::string_view name) {
  if (ascii_istarts_with(ascii_trim(text), "socks") && text.find("://") != std::string_view::npos)
    return bad_proxy(name, text, "SOCKS proxies are not supported");
  const auto url = Url::parse_lenient(text);
  if (!url) return bad_proxy(name, text, describe(url.error()));
  Proxy proxy{.scheme = url->scheme, .authority = url->authority};
  if (!proxy.authority.port) proxy.authority.port = default_port(proxy.scheme);
  if (url->userinfo) proxy.authorization = basic_credentials(*url->userinfo);
  return proxy;
}

ProxySettings ProxySettings::read(const EnvironmentLookup& environment, const ProxyOptions& options) {
  ProxySettings settings;
  if (!options.proxy) {
    settings.for_http_ = read_proxy(first_set(environment, {"http_proxy", "all_proxy", "ALL_PROXY"}));
    settings.for_https_ =
        read_proxy(first_set(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}));
  } else if (!options.proxy->empty()) {
    settings.for_http_ = settings.for_https_ = Proxy::parse(*options.proxy, "--proxy");
  }
  if (options.no_proxy) {
    settings.no_proxy_ = NoProxy(*options.no_proxy);
  } else if (auto setting = first_set(environment, {"no_proxy", "NO_PROXY"})) {
    settings.no_proxy_ = NoProxy(setting->value);
  }
  return settings;
}

Result<const Proxy*> ProxySettings::proxy_for(const Url& url) const {
  const auto& proxy = url.scheme == Scheme::https ? for_https_ : for_http_;
  if (!proxy || no_proxy_.matches(url)) return nullptr;
  if (!*proxy) return Failure<Error>(proxy->error());
  return &**proxy;
}

}  // namespace astray::client
