#pragma once
// Which proxy a URL is fetched through: what curl does with the same variables and options (curl(1),
// ENVIRONMENT), but for SOCKS.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/no_proxy.h"
#include "names/url.h"

namespace astray::client {

struct Proxy {
  Scheme scheme;        ///< towards the proxy
  Authority authority;  ///< always with a port: 1080, or 443 for https, where none was written
  std::optional<std::string> authorization{};  ///< value for Proxy-Authorization, from the userinfo

  /// `name`: where the text comes from, for messages; they never repeat a password.
  static Result<Proxy> parse(std::string_view text, std::string_view name);
  bool operator==(const Proxy&) const = default;
};

/// A variable of the environment, or nothing. An empty one counts as absent.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// What a command line says; it wins over the environment.
struct ProxyOptions {
  std::optional<std::string> proxy{};     ///< for every URL; "": none, whatever the environment says
  std::optional<std::string> no_proxy{};  ///< in place of the variable; "": no exceptions
};

class ProxySettings {
 public:
  /// No proxy for anything.
  ProxySettings() = default;
  /// http_proxy (lower case alone: a CGI program's HTTP_PROXY comes from a request field), https_proxy or
  /// HTTPS_PROXY, then all_proxy or ALL_PROXY; no_proxy or NO_PROXY, which also holds against
  /// ProxyOptions::proxy. A bad value harms nobody until a URL needs it.
  static ProxySettings read(const EnvironmentLookup& environment, const ProxyOptions& options = {});

  /// nullptr: fetched directly. The error names the variable and says what it should hold.
  Result<const Proxy*> proxy_for(const Url& url) const;
  const NoProxy& no_proxy() const { return no_proxy_; }

 private:
  std::optional<Result<Proxy>> for_http_;
  std::optional<Result<Proxy>> for_https_;
  NoProxy no_proxy_;
};

}  // namespace astray::client
