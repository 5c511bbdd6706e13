#pragma once
// "answered b.test with a.test's page on 192.0.2.1:443" differs in every row; "answered {0} with {1}'s page
// on {2}" is the same for thousands, and is kept once.
#include <array>
#include <string>
#include <string_view>

namespace astray::watch {

/// What a sentence is likely to name: authority, SNI, node, and whose answer it was. Empty ones are left out.
using SentenceNames = std::array<std::string_view, 4>;

/// Any sentence, also one with the bytes that stand for names in it, comes back as it was.
std::string pattern_of(std::string_view sentence, const SentenceNames& names);
std::string sentence_of(std::string_view pattern, const SentenceNames& names);

}  // namespace astray::watch
