#pragma once
#include <string_view>
#include <vector>

#include "servers/model/deployment.h"

namespace astray::httpd {

/// An Alt-Svc field value (RFC 7838 §3).
struct AltSvcField {
  std::vector<AltSvc> alternatives;
  bool readable = true;  ///< false: something in it could not be read
};
AltSvcField parse_alt_svc(std::string_view value, SourceSpan span);

}  // namespace astray::httpd
