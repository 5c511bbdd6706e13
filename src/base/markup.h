#pragma once
// Text within HTML and XML.
#include <string>
#include <string_view>

namespace astray {

/// What stands for a character that would be markup in text or in an attribute's value (HTML §13.5, XML 1.0 §2.4); ""
/// for one that stands for itself.
std::string_view markup_reference(char c);

/// Fit for text and attributes in quotes, and never markup itself.
std::string escape_markup(std::string_view text);

}  // namespace astray
