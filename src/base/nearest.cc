#include "base/nearest.h"

#include <algorithm>

#include "base/ascii.h"

namespace astray {
namespace {

/// Edits (insert, delete, replace, swap two neighbours) that turn one word into the other.
size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> rows(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) rows[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[a.size()][b.size()];
}

/// Of a word in lower case.
std::string without_punctuation(std::string_view text) {
  std::string kept;
  for (const char c : text)
    if (is_ascii_digit(c) || (c >= 'a' && c <= 'z')) kept += c;
  return kept;
}

}  // namespace

std::vector<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates) {
  // A longer word is a file name or a mistake of another kind, and the cost is its length squared.
  if (word.size() > 64) return {};
  const std::string lower = ascii_lower(word);
  const std::string letters = without_punctuation(lower);
  struct Ranked {
    size_t distance;
    std::string_view candidate;
  };
  std::vector<Ranked> ranked;
  for (const std::string_view candidate : candidates) {
    const std::string other = ascii_lower(candidate);
    const size_t limit = std::max<size_t>(1, std::max(lower.size(), other.size()) / 3);
    size_t distance = edits_between(lower, other);
    const bool begins_like_it = lower.size() >= 2 && other.starts_with(lower);
    if (begins_like_it)
      distance = std::min<size_t>(distance, 1);
    else if (letters.size() >= 2 && without_punctuation(other).starts_with(letters))
      distance = 0;  // "http1" is "http/1.1" and not "https"
    if (distance <= limit) ranked.push_back({distance, candidate});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Ranked& a, const Ranked& b) { return a.distance < b.distance; });
  std::vector<std::string_view> best;
  for (const Ranked& row : ranked) {
    const size_t nearest = ranked.front().distance;
    if (best.size() == 3 || row.distance > nearest + (nearest == 0 ? 0 : 1)) break;
    best.push_back(row.candidate);
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const std::vector<std::string_view> near = nearest(word, candidates);
  if (near.empty()) return {};
  std::string text = ". Did you mean ";
  for (size_t i = 0; i < near.size(); ++i) {
    if (i > 0) text += i + 1 == near.size() ? " or " : ", ";
    text += near[i];
  }
  return text + "?";
}

}  // namespace astray
