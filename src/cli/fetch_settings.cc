#include "cli/fetch_settings.h"

#include <fmt/format.h>

#include <cstdlib>

#include "cli/instant_text.h"
#include "client/overrides.h"

namespace astray {
namespace {

using client::Settings;

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::optional<std::string> given(const Arguments& arguments, std::string_view option) {
  if (!arguments.has(option)) return std::nullopt;
  return std::string(arguments.value(option));
}

Result<void> set_trust(const Arguments& arguments, Settings& settings) {
  if (arguments.has("--insecure")) settings.verification = client::Verification::off;
  Result<tls::TrustStore> store = arguments.has("--cacert")
                                      ? tls::TrustStore::load(std::string(arguments.value("--cacert")))
                                      : tls::TrustStore::system();
  if (!store) return failure("--cacert: " + store.error().message);
  settings.trust = std::move(*store);
  return {};
}

Result<void> set_client_certificate(const Arguments& arguments, Settings& settings) {
  if (!arguments.has("--cert")) {
    if (arguments.has("--key")) return failure("--key: it belongs to a --cert, and there is none");
    return {};
  }
  const std::string certificate(arguments.value("--cert"));
  const std::string key = given(arguments, "--key").value_or(certificate);
  Result<tls::Identity> identity = tls::Identity::load(certificate, key);
  if (!identity) return failure("--cert: " + identity.error().message);
  settings.client_certificate = std::move(*identity);
  return {};
}

Result<void> set_versions(const Arguments& arguments, Settings& settings) {
  if (arguments.has("--tlsv1.2")) settings.min_version = tls::Version::tls1_2;
  if (arguments.has("--tlsv1.3")) settings.min_version = tls::Version::tls1_3;
  if (arguments.value("--tls-max") == "1.2") settings.max_version = tls::Version::tls1_2;
  if (settings.min_version > settings.max_version) {
    return failure("--tls-max is below --tlsv1.3, so no version is left");
  }
  return {};
}

Result<void> set_addresses(const Arguments& arguments, Settings& settings) {
  for (const std::string& text : arguments.values("--resolve")) {
    Result<client::ResolveOverride> pinned = client::parse_resolve(text);
    if (!pinned) return failure("--resolve: " + pinned.error().message);
    settings.resolve.push_back(std::move(*pinned));
  }
  for (const std::string& text : arguments.values("--connect-to")) {
    Result<client::ConnectToOverride> led = client::parse_connect_to(text);
    if (!led) return failure("--connect-to: " + led.error().message);
    settings.connect_to.push_back(std::move(*led));
  }
  const bool v4 = arguments.has("--ipv4");
  const bool v6 = arguments.has("--ipv6");
  if (v4 && v6) return failure("--ipv4 and --ipv6 leave no address; give one of them, or neither for both");
  if (v4) settings.families = client::AddressFamilies::v4_only;
  if (v6) settings.families = client::AddressFamilies::v6_only;
  return {};
}

void set_coalescing(const Arguments& arguments, Settings& settings) {
  const std::string_view word = arguments.value("--coalesce");
  for (const auto policy : {client::CoalescePolicy::off, client::CoalescePolicy::strict,
                            client::CoalescePolicy::rfc9113, client::CoalescePolicy::origin_frame}) {
    if (to_string(policy) == word) settings.coalescing = policy;
  }
}

}  // namespace

Result<client::Settings> parse_fetch_settings(const Arguments& arguments) {
  Settings settings;
  // `-A ''` sends none.
  const bool has_agent = !arguments.has("--user-agent") || !arguments.value("--user-agent").empty();
  settings.user_agent = has_agent ? fmt::format("astray/{}", ASTRAY_VERSION) : "";
  settings.wall_clock = now;
  settings.proxies =
      client::ProxySettings::read(environment, {given(arguments, "--proxy"), given(arguments, "--noproxy")});
  set_coalescing(arguments, settings);
  for (const auto step : {set_trust, set_client_certificate, set_versions, set_addresses}) {
    const Result<void> done = step(arguments, settings);
    if (!done) return tl::unexpected(done.error());
  }
  return settings;
}

}  // namespace astray
