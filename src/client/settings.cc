#include "client/settings.h"

#include "base/check.h"

namespace astray::client {

std::string_view to_string(CoalescePolicy policy) {
  switch (policy) {
    case CoalescePolicy::off:
      return "off";
    case CoalescePolicy::strict:
      return "strict";
    case CoalescePolicy::rfc9113:
      return "rfc9113";
    case CoalescePolicy::origin_frame:
      return "origin-frame";
  }
  return {};
}

const ClientProfile& profile_of(CoalescePolicy policy) {
  const std::string_view id =
      policy == CoalescePolicy::off ? std::string_view("uncoalesced") : to_string(policy);
  const ClientProfile* profile = find_client_profile(id);
  CHECK(profile != nullptr);
  return *profile;
}

}  // namespace astray::client
