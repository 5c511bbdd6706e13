#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace astray {

/// The candidates that are most like the word, the best first, at most three; empty when none is near.
std::vector<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);
/// ". Did you mean X or Y?" or "".
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace astray
