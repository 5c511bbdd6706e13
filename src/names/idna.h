#pragma once
#include <string>
#include <string_view>

#include "names/hostname.h"

namespace astray {

/// UTF-8 text with U-labels to ASCII with A-labels: UTS #46 mapping (non-transitional: ß stays ß) and IDNA
/// 2008 lookup. Labels that are ASCII already pass through unchanged, xn-- ones unchecked: a server compares
/// bytes. The result is not yet known to be a host name.
Result<std::string, HostnameError> to_a_labels(std::string_view utf8);

}  // namespace astray
