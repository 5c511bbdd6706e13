#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "client/overrides.h"
#include "library/translate.h"

namespace astray::http {
namespace {

using client::Settings;

static_assert(static_cast<int>(Coalescing::origin_frame) ==
              static_cast<int>(client::CoalescePolicy::origin_frame));
static_assert(static_cast<int>(TlsVersion::tls1_3) == static_cast<int>(tls::Version::tls1_3));
static_assert(static_cast<int>(AddressFamilies::v6_only) ==
              static_cast<int>(client::AddressFamilies::v6_only));

Instant now() {
  return {std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())};
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

Result<void> set_trust(const Options& options, Settings& settings) {
  if (options.verification == Verification::off) {
    settings.verification = client::Verification::off;
    return {};
  }
  Result<tls::TrustStore> store =
      options.ca_file.empty() ? tls::TrustStore::system() : tls::TrustStore::load(options.ca_file);
  if (!store) return failure("ca_file: " + store.error().message);
  settings.trust = std::move(*store);
  return {};
}

Result<void> set_client_certificate(const Options& options, Settings& settings) {
  const std::string& certificate = options.client_certificate_file;
  if (certificate.empty()) {
    if (options.client_key_file.empty()) return {};
    return failure("client_key_file: it belongs to a client_certificate_file, and there is none");
  }
  const std::string& key = options.client_key_file.empty() ? certificate : options.client_key_file;
  Result<tls::Identity> identity = tls::Identity::load(certificate, key);
  if (!identity) return failure("client_certificate_file: " + identity.error().message);
  settings.client_certificate = std::move(*identity);
  return {};
}

Result<void> set_versions(const Options& options, Settings& settings) {
  if (options.min_tls > options.max_tls) return failure("min_tls is above max_tls, so no version is left");
  settings.min_version = static_cast<tls::Version>(options.min_tls);
  settings.max_version = static_cast<tls::Version>(options.max_tls);
  return {};
}

Result<void> set_proxies(const Options& options, Settings& settings) {
  if (!options.proxy) {
    settings.proxies = client::ProxySettings::read(environment);
  } else if (!options.proxy->empty()) {
    const auto proxy = client::Proxy::parse(*options.proxy, "proxy");
    if (!proxy) return tl::unexpected(proxy.error());
    const auto nowhere = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
    settings.proxies = client::ProxySettings::read(nowhere, {options.proxy, options.no_proxy});
  }
  return {};
}

Result<void> set_addresses(const Options& options, Settings& settings) {
  for (const std::string& text : options.resolve) {
    auto pinned = client::parse_resolve(text);
    if (!pinned) return failure("resolve: " + pinned.error().message);
    settings.resolve.push_back(std::move(*pinned));
  }
  for (const std::string& text : options.connect_to) {
    auto led = client::parse_connect_to(text);
    if (!led) return failure("connect_to: " + led.error().message);
    settings.connect_to.push_back(std::move(*led));
  }
  settings.families = static_cast<client::AddressFamilies>(options.families);
  return {};
}

Result<void> set_limits(const Options& options, Settings& settings) {
  if (options.connections == 0 || options.connections_per_origin == 0 || options.streams_per_connection == 0)
    return failure("connections, connections_per_origin, streams_per_connection: 0 lets no request through");
  settings.connections = options.connections;
  settings.connections_per_origin = options.connections_per_origin;
  settings.streams_per_connection = options.streams_per_connection;
  settings.idle_timeout = options.idle_timeout;
  settings.dns_lifetime = options.dns_lifetime;
  return {};
}

}  // namespace

Result<Settings> settings_of(const Options& options) {
  Settings settings;
  settings.coalescing = static_cast<client::CoalescePolicy>(options.coalescing);
  settings.user_agent =
      options.user_agent.empty() ? fmt::format("astray/{}", ASTRAY_VERSION) : options.user_agent;
  settings.wall_clock = now;
  for (const auto step :
       {set_trust, set_client_certificate, set_versions, set_proxies, set_addresses, set_limits}) {
    const Result<void> done = step(options, settings);
    if (!done) return tl::unexpected(done.error());
  }
  return settings;
}

}  // namespace astray::http
