#pragma once
#include <string>
#include <string_view>

namespace astray {

/// A source expression of Content Security Policy Level 3 §2.3.1: only this very text runs, or styles.
std::string hash_source(std::string_view text);

}  // namespace astray
