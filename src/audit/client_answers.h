#pragma once
#include <vector>

#include "verdict/client_profile.h"

namespace astray {

/// The clients an audit asks about unless told otherwise: every real client that coalesces, and one that
/// never does, so that "works with curl" is explained.
std::vector<const ClientProfile*> default_audit_clients();

}  // namespace astray
