#pragma once
#include "probe/observation.h"
#include "verdict/hop_fingerprint.h"

namespace astray {

/// Who wrote the answer; `none` unless the status is 421.
HopSoftware hop_of(const Observation& seen);

}  // namespace astray
