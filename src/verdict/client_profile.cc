#include "verdict/client_profile.h"

#include "verdict/clients/profiles.h"

namespace astray {
namespace {

constexpr const ClientProfile* profiles[] = {
    &clients::chromium_h2,
    &clients::chromium_h3,
    &clients::firefox_h2,
    &clients::firefox_h2_aggressive,
    &clients::firefox_h3,
    &clients::safari,
    &clients::okhttp,
    &clients::curl,
    &clients::go,
    &clients::java,
    &clients::apache_httpclient,
    &clients::jetty,
    &clients::reactor_netty,
    &clients::undici,
    &clients::node_http2,
    &clients::httpx,
    &clients::urllib3,
    &clients::hyper,
    &clients::dotnet,
    &clients::strict,
    &clients::origin_frame,
    &clients::uncoalesced,
    &clients::rfc9113,
};

}  // namespace

std::string_view to_string(ProfileConfidence confidence) {
  switch (confidence) {
    case ProfileConfidence::proved:
      return "proved";
    case ProfileConfidence::read_in_source:
      return "read-in-source";
    case ProfileConfidence::reported:
      return "reported";
    case ProfileConfidence::deduced:
      return "deduced";
  }
  return {};
}

std::span<const ClientProfile* const> all_client_profiles() {
  return profiles;
}

const ClientProfile* find_client_profile(std::string_view id) {
  for (const ClientProfile* profile : profiles) {
    if (profile->id == id) return profile;
  }
  return nullptr;
}

}  // namespace astray
