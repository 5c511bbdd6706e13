#pragma once
#include <string_view>

#include "servers/envoy/parts.h"

namespace astray::envoy {

/// Which certificate of a chain a client of today gets that sends this SNI ("" for none). Null where there is none,
/// or one of several could not be read.
const CertificateUse* front_certificate(const Chain& chain, const Version& version, std::string_view sni);

}  // namespace astray::envoy
