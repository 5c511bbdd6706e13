#include "cli/regex_sample.h"

#include <algorithm>
#include <cstddef>

#include "base/ascii.h"

namespace astray {
namespace {

/// Walks an expression once and takes the first way through it: the first alternative, one of what may
/// repeat, none of what may be absent.
class Sampler {
 public:
  explicit Sampler(std::string_view expression) : rest_(expression) {}

  std::optional<std::string> sample() {
    std::string name = alternatives();
    if (failed_ || !rest_.empty()) return std::nullopt;
    if (!anchored_at_end_ && name.ends_with('.')) name += "example";
    if (name.starts_with('.')) name = "any" + name;
    if (name.empty()) return std::nullopt;
    return ascii_lower(name);
  }

 private:
  std::string alternatives() {
    std::string first = sequence();
    while (!failed_ && rest_.starts_with('|')) {
      rest_.remove_prefix(1);
      sequence();
    }
    return first;
  }

  std::string sequence() {
    std::string text;
    while (!failed_ && !rest_.empty() && !rest_.starts_with('|') && !rest_.starts_with(')')) {
      const std::string piece = atom();
      const size_t times = repetitions();
      for (size_t i = 0; i < times && !failed_; ++i) {
        text += piece;
        // Nested counts multiply; no host name is longer (RFC 1035 §3.1).
        if (text.size() > longest_name) failed_ = true;
      }
    }
    return text;
  }

  char take() {
    if (rest_.empty()) {
      failed_ = true;
      return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string atom() {
    const char c = take();
    switch (c) {
      case '^':
        return {};
      case '$':
        anchored_at_end_ = true;
        return {};
      case '.':
        return "a";
      case '\\':
        return escape();
      case '[':
        return character_class();
      case '(':
        return group();
      case '*':
      case '+':
      case '?':
      case '{':
        failed_ = true;
        return {};
      default:
        return std::string(1, c);
    }
  }

  std::string escape() {
    const char c = take();
    switch (c) {
      case 'd':
        return "1";
      case 'w':
        return "a";
      case 'S':
      case 'D':
        return "a";
      case 'b':
        return {};
      default:
        // \s, \A, \1 and so on match no character of a name, or what cannot be told here.
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_ascii_digit(c)) failed_ = true;
        return std::string(1, c);
    }
  }

  std::string character_class() {
    const bool negated = rest_.starts_with('^');
    if (negated) rest_.remove_prefix(1);
    std::string members;
    for (bool first = true; !failed_; first = false) {
      const char c = take();
      if (c == ']' && !first) break;
      members += c == '\\' ? escape() : std::string(1, c);
    }
    if (!negated) return members.substr(0, 1);
    for (const char candidate : std::string_view("a1x-")) {
      if (members.find(candidate) == std::string::npos) return std::string(1, candidate);
    }
    failed_ = true;
    return {};
  }

  std::string group() {
    if (rest_.starts_with("?:")) {
      rest_.remove_prefix(2);
    } else if (rest_.starts_with("?P<") || rest_.starts_with("?<") || rest_.starts_with("?'")) {
      const bool look_behind = rest_.starts_with("?<=") || rest_.starts_with("?<!");
      const size_t close = rest_.find(rest_.starts_with("?'") ? '\'' : '>', 3);
      if (look_behind || close == std::string_view::npos) {
        failed_ = true;
        return {};
      }
      rest_.remove_prefix(close + 1);
    } else if (rest_.starts_with('?')) {
      failed_ = true;
      return {};
    }
    if (++depth_ > deepest_group) failed_ = true;
    std::string text = alternatives();
    if (!failed_ && take() != ')') failed_ = true;
    --depth_;
    return text;
  }

  /// How often the atom before is taken.
  size_t repetitions() {
    size_t times = 1;
    if (rest_.starts_with('?') || rest_.starts_with('*')) {
      rest_.remove_prefix(1);
      times = 0;
    } else if (rest_.starts_with('+')) {
      rest_.remove_prefix(1);
    } else if (rest_.starts_with('{')) {
      const size_t end = rest_.find('}');
      times = 0;
      for (size_t i = 1; i < std::min(end, rest_.size()) && is_ascii_digit(rest_[i]); ++i) {
        times = std::min(times * 10 + static_cast<size_t>(rest_[i] - '0'), longest_name + 1);
      }
      if (end == std::string_view::npos) {
        failed_ = true;
        return 0;
      }
      rest_.remove_prefix(end + 1);
    } else {
      return 1;
    }
    // Lazy and possessive forms match the same.
    if (rest_.starts_with('?') || rest_.starts_with('+')) rest_.remove_prefix(1);
    return times;
  }

  static constexpr size_t longest_name = 253;
  static constexpr int deepest_group = 50;
  std::string_view rest_;
  int depth_ = 0;
  bool failed_ = false;
  bool anchored_at_end_ = false;
};

}  // namespace

std::optional<std::string> sample_for_regex(std::string_view expression) {
  return Sampler(expression).sample();
}

}  // namespace astray
