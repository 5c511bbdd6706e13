#pragma once
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"

namespace astray {

/// The words in front of "--" with every option by its long name and every value in a word of its own,
/// whatever the value looks like: "-sXPOST" is "--silent", "--request", "POST". What is unknown stays as it
/// is.
std::vector<std::string> written_out(std::span<const std::string> words);

/// CLI11 takes "[a,b]" for a list of two. A word that begins with a bracket, as [::1] does, is handed over
/// marked.
std::string marked(std::string word);
std::string unmarked(std::string word);

}  // namespace astray
