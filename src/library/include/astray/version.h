#pragma once
#include <string_view>

#include "astray/export.h"

namespace astray::http {

/// Of the library that is loaded: "0.1.0".
ASTRAY_EXPORT std::string_view version();

}  // namespace astray::http
