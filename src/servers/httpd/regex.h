#pragma once
#include <string>
#include <string_view>

namespace astray::httpd {

enum class RegexAnswer { matches, differs, bad_pattern };

/// A pattern of httpd's (PCRE, unanchored) against a subject, with a bound on the work it may take (beyond
/// it, the answer is bad_pattern). Patterns over 8 KiB are bad.
RegexAnswer search(std::string_view pattern, std::string_view subject);

}  // namespace astray::httpd
