#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace astray {

/// A host name that a regular expression of the usual kinds may match ("^(www\.)?example\.com$",
/// "^(?<user>.+)\.x$",
/// "^api\d+\."). It is a guess that the caller tries out; nothing when the expression has look-arounds, back
/// references and the like.
std::optional<std::string> sample_for_regex(std::string_view expression);

}  // namespace astray
