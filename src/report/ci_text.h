#pragma once
// The quoting of two forms that continuous integration reads.
#include <cstdint>
#include <string>
#include <string_view>

namespace astray {

/// XML 1.0 §2.2 and §2.4: markup is escaped, characters that no document may hold become U+FFFD. Fit for
/// attributes, too: line ends are references, or an attribute's value would lose them (§3.3.3).
std::string xml_text(std::string_view text);

enum class CommandPart : uint8_t { message, property };
/// Workflow commands of GitHub Actions: '%', CR and LF in a message; ':' and ',' in a property besides.
std::string workflow_command_text(std::string_view text, CommandPart part);

}  // namespace astray
