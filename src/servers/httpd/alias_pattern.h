#pragma once
#include <string_view>

#include "names/server_name_pattern.h"

namespace astray::httpd {

/// A ServerAlias: exact, or with '*' (any text, dots too) and '?' (one character).
ServerNamePattern alias_pattern(std::string_view text);

/// Matches by httpd's rule for aliases (server/util.c, ap_strcasecmp_match), without regard to letter case.
/// Linear in text times stars.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace astray::httpd
