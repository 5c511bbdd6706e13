#pragma once
#include <string>
#include <string_view>

namespace astray {

/// Text of unknown origin made safe to show: control characters (also C1), bytes that are no UTF-8, and what
/// turns the order of a line become "\x1b", "\xff" and "\u202e"; a terminal cannot be steered by a
/// configuration. Line ends become "\n"; tabs become one blank.
std::string printable(std::string_view text);

/// The same, but line ends stay: for text of several lines that is ours in form.
std::string printable_lines(std::string_view text);

}  // namespace astray
