#include "servers/haproxy/patterns.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <optional>

#include "base/ascii.h"

namespace astray::haproxy {
namespace {

std::optional<long> number_of(std::string_view text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_delimiter(Match match, char c) {
  return match == Match::dir ? c == '/' || c == '?' : c == '.' || c == '/' || c == ':' || c == '?';
}

/// match_word of pattern.c: the pattern, without delimiters at its ends, between delimiters of the text.
bool matches_word(Match match, std::string_view text, std::string_view pattern) {
  while (!pattern.empty() && is_delimiter(match, pattern.front())) pattern.remove_prefix(1);
  while (!pattern.empty() && is_delimiter(match, pattern.back())) pattern.remove_suffix(1);
  if (pattern.empty()) return false;
  for (size_t at = text.find(pattern); at != std::string_view::npos; at = text.find(pattern, at + 1)) {
    const bool starts = at == 0 || is_delimiter(match, text[at - 1]);
    const size_t end = at + pattern.size();
    if (starts && (end == text.size() || is_delimiter(match, text[end]))) return true;
  }
  return false;
}

}  // namespace

std::string Patterns::add(Pattern pattern) {
  const size_t index = all_.size();
  std::string lower = pattern.ignores_case ? ascii_lower(pattern.text) : std::string();
  if (match_ == Match::reg) {
    auto compiled = nginx::Regex::compile(
        pattern.text, pattern.ignores_case ? nginx::Regex::Case::insensitive : nginx::Regex::Case::sensitive);
    if (!compiled) return compiled.error().message;
    expressions_.push_back(std::make_shared<const nginx::Regex>(std::move(*compiled)));
  } else if (match_ == Match::number || match_ == Match::len) {
    // "1024", "1024:65535", "1024:", "gt 2" as "gt:2" from the criterion.
    Range range{std::numeric_limits<long>::min(), std::numeric_limits<long>::max()};
    const size_t colon = pattern.text.find(':');
    const auto low = number_of(pattern.text.substr(0, colon));
    const auto high = colon == std::string::npos ? low : number_of(pattern.text.substr(colon + 1));
    const bool has_low = colon != 0, has_high = colon == std::string::npos || colon + 1 < pattern.text.size();
    if ((has_low && !low) || (has_high && !high))
      return fmt::format("'{}' is no number and no range such as 1024:65535", pattern.text);
    if (has_low) range.low = *low;
    if (has_high) range.high = *high;
    ranges_.push_back(range);
  } else if (match_ == Match::str) {
    if (pattern.ignores_case)
      folded_.try_emplace(lower, index);
    else
      exact_.try_emplace(pattern.text, index);
  }
  lower_.push_back(std::move(lower));
  all_.push_back(std::move(pattern));
  return {};
}

bool Patterns::matches(size_t index, std::string_view text, std::string_view lower) const {
  const Pattern& pattern = all_[index];
  const std::string_view subject = pattern.ignores_case ? lower : text;
  const std::string_view wanted = pattern.ignores_case ? std::string_view(lower_[index]) : pattern.text;
  switch (match_) {
    case Match::beg: return subject.starts_with(wanted);
    case Match::end: return subject.ends_with(wanted);
    case Match::sub: return subject.find(wanted) != std::string_view::npos;
    case Match::dir:
    case Match::dom: return matches_word(match_, subject, wanted);
    default: return false;
  }
}

/// Those that mind case stand in a tree, which is asked before the list and knows the longest (pat_match_beg).
const Pattern* Patterns::longest_prefix_of(std::string_view text) const {
  const Pattern* longest = nullptr;
  for (const Pattern& pattern : all_)
    if (!pattern.ignores_case && text.starts_with(pattern.text) &&
        (longest == nullptr || pattern.text.size() > longest->text.size()))
      longest = &pattern;
  return longest;
}

Patterns::Found Patterns::find_text(std::string_view text) const {
  const std::string lower = ascii_lower(text);
  if (match_ == Match::str) {
    const auto exact = exact_.find(std::string(text));
    if (exact != exact_.end()) return {Truth::yes, &all_[exact->second]};
    const auto folded = folded_.find(lower);
    if (folded != folded_.end()) return {Truth::yes, &all_[folded->second]};
    return {};
  }
  if (match_ == Match::beg)
    if (const Pattern* longest = longest_prefix_of(text)) return {Truth::yes, longest};
  for (size_t i = 0; i < all_.size(); ++i) {
    if (match_ == Match::reg) {
      const auto outcome = expressions_[i]->match(text);
      if (outcome == nginx::Regex::Outcome::failed) return {Truth::unknown, nullptr};
      if (outcome == nginx::Regex::Outcome::match) return {Truth::yes, &all_[i]};
    } else if (matches(i, text, lower)) {
      return {Truth::yes, &all_[i]};
    }
  }
  return {};
}

Patterns::Found Patterns::find_number(long number) const {
  for (size_t i = 0; i < ranges_.size(); ++i)
    if (number >= ranges_[i].low && number <= ranges_[i].high) return {Truth::yes, &all_[i]};
  return {};
}

Patterns::Found Patterns::find(const Value& value) const {
  if (value.kind == Value::Kind::unknown || match_ == Match::unknown) return {Truth::unknown, nullptr};
  if (value.kind == Value::Kind::absent) return {};
  const auto truth = [](bool is_true) { return Found{is_true ? Truth::yes : Truth::no, nullptr}; };
  switch (match_) {
    case Match::found: return truth(true);
    case Match::boolean: return truth(value.kind == Value::Kind::number && value.number != 0);
    case Match::number: {
      if (value.kind == Value::Kind::number) return find_number(value.number);
      const auto number = number_of(value.text);
      return number ? find_number(*number) : Found{};
    }
    case Match::len: return find_number(static_cast<long>(value.text.size()));
    default: return find_text(value.text);
  }
}

}  // namespace astray::haproxy
