#pragma once
#include <span>
#include <vector>

#include "names/certificate_name.h"
#include "tls/certificate.h"

namespace astray::gateway {

/// What each of these certificates covers, so that it holds whichever of them a client is shown: its
/// algorithms choose. Of one certificate its names in its order, of several sorted.
std::vector<CertificateName> common_names(std::span<const Certificate* const> certificates);

}  // namespace astray::gateway
