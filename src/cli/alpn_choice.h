#pragma once
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "verdict/connection_facts.h"

namespace astray {

/// What --alpn lists; an Error names the word that is no offer.
Result<std::vector<AlpnOffer>> parse_alpn(const Arguments& arguments);

}  // namespace astray
