#pragma once
#include <string>
#include <string_view>

namespace astray::explain {

/// A name of a log in the form in which names are compared: lower case, without a port and one trailing dot.
/// What is no name stays what it is. The view is into `text` where nothing changes, else into `buffer`.
std::string_view canonical_name(std::string_view text, std::string& buffer);

}  // namespace astray::explain
