#pragma once
#include "servers/model/version.h"

namespace astray::trafficserver {

/// The newest release that was read.
inline constexpr Version newest = {10, 1, 4};
/// The newest with records.config.
inline constexpr Version newest_9 = {9, 2, 15};
/// records.yaml; backs' certificates are enforced by default; sni.yaml knows ports.
inline constexpr Version has_records_yaml = {10, 0, 0};

/// host_sni_policy and sni.yaml compare all of the names, and not as much as one of them is long
/// (2ac82304fb and 05e888d18e in 9.2.15, 1ae0b55b43 in 10.1.4).
inline bool compares_whole_names(const Version& version) {
  return version >= has_records_yaml ? version >= Version{10, 1, 4} : version >= newest_9;
}

}  // namespace astray::trafficserver
