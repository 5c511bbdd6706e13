#pragma once
#include <string>

#include "servers/model/deployment.h"

namespace astray {

/// The whole deployment as text, one thing per line, indented by what it belongs to: what the `.case` files
/// of the readers compare. Settings that nothing states (Provenance::default_value) are left out; every other
/// one carries its place, and `inherited` or `unknowable`. Spans show the last component of the file's path.
std::string dump(const Deployment& deployment);

}  // namespace astray
