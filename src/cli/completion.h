#pragma once
#include <string>

namespace astray {

/// Completion scripts made from the table of commands. Ids of rules, reasons, clients and servers stand in
/// them as they are in this version, so that a key press never starts astray.
std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace astray
