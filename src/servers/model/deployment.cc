#include "servers/model/deployment.h"

#include <fmt/format.h>

namespace astray {

std::string VirtualHost::label() const {
  if (!title.empty()) return title;
  return names.empty() ? "(unnamed)" : names.front().pattern.spelled();
}

std::string ListenAddress::text() const {
  if (!unix_path.empty()) return "unix:" + unix_path;
  if (!ip) return fmt::format("*:{}", port.number());
  return ip->family() == IpFamily::v6 ? fmt::format("[{}]:{}", ip->text(), port.number())
                                      : fmt::format("{}:{}", ip->text(), port.number());
}

std::string_view to_string(SniPolicy policy) {
  switch (policy) {
    case SniPolicy::strict: return "strict";
    case SniPolicy::secure: return "secure";
    case SniPolicy::authonly: return "authonly";
    case SniPolicy::insecure: return "insecure";
  }
  return "";
}

}  // namespace astray
