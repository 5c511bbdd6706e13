#pragma once
// How httpd cuts a line into words (server/util.c, ap_getword_conf).
#include <string_view>
#include <vector>

#include "servers/httpd/text_arena.h"

namespace astray::httpd {

/// What isspace() says in the C locale.
constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
std::string_view trim(std::string_view text);

/// Takes the first word off `line`, and the blanks around it. A word is what stands between quotes (" or ')
/// where it begins with one, else what reaches to the next blank; a backslash escapes a backslash, and the
/// quote in a quoted word. A missing closing quote is forgiven. "" when there is none (or an empty pair of
/// quotes: `line` tells).
std::string_view take_word(std::string_view& line, TextArena& arena);

/// All words of a line.
std::vector<std::string_view> words_of(std::string_view line, TextArena& arena);

}  // namespace astray::httpd
