#include "gateway/ownership/owned_name.h"

namespace astray::gateway {
namespace {

constexpr size_t max_suffix_bytes = 251;  // of 253; a label of one byte and its dot come before it

}  // namespace

Result<OwnedName, HostnameError> OwnedName::parse(std::string_view text, WildcardReach reach) {
  if (!text.starts_with("*.")) {
    auto host = Host::parse(text);
    if (!host) return Failure<HostnameError>(host.error());
    return OwnedName(std::move(*host));
  }
  auto suffix = Hostname::parse(text.substr(2));
  if (!suffix) return Failure<HostnameError>(suffix.error());
  if (suffix->text().size() > max_suffix_bytes) return Failure<HostnameError>(HostnameError::too_long);
  OwnedName name(Host(std::move(*suffix)));
  name.wildcard_ = reach;
  return name;
}

std::string OwnedName::text() const {
  return wildcard_ ? "*." + host_.text() : host_.text();
}

}  // namespace astray::gateway
