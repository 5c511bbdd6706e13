#pragma once
// Every rule, each defined in the .cc of its name; all_rules.cc lists them.
#include "audit/rule.h"

namespace astray::rules {}  // namespace astray::rules
