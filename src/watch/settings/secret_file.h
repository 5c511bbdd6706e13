#pragma once
#include <string>

#include "base/result.h"

namespace astray::watch {

/// The first line of a small file, without blanks around it. The error says which file, and what is wrong
/// with it; it never repeats what is inside.
Result<std::string> read_secret(const std::string& path);

}  // namespace astray::watch
