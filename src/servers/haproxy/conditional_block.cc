#include "servers/haproxy/conditional_block.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/ascii.h"

namespace astray::haproxy {
namespace {

/// "2.6", "3.0-dev1": missing parts are zero, what follows a dash is ignored.
std::optional<Version> version_of(std::string_view text) {
  std::string padded(text.substr(0, text.find('-')));
  if (padded.find('.') == std::string::npos) padded += ".0";
  return Version::parse(padded);
}

class Judge {
 public:
  Judge(std::string_view text, Version version, const Environment& environment)
      : text_(text), version_(version), environment_(environment) {}

  BlockCondition judge() {
    skip_blanks();
    if (at_ == text_.size()) return {Truth::no, ""};
    const Truth truth = any_of(0);
    skip_blanks();
    if (problem_.empty() && at_ < text_.size())
      problem_ = fmt::format("'{}' was not expected; expecting && or ||", text_.substr(at_));
    return {problem_.empty() ? truth : Truth::unknown, problem_};
  }

 private:
  static constexpr int deepest = 64;

  Truth any_of(int depth) {
    Truth truth = all_of(depth);
    while (take("||")) truth = either(truth, all_of(depth));
    return truth;
  }
  Truth all_of(int depth) {
    Truth truth = one(depth);
    while (take("&&")) truth = both(truth, one(depth));
    return truth;
  }
  Truth one(int depth) {
    if (depth > deepest) return fail("parentheses are nested too deeply");
    if (take("!")) return !one(depth + 1);
    if (take("(")) {
      const Truth truth = any_of(depth + 1);
      if (!take(")")) return fail("a parenthesis is not closed");
      return truth;
    }
    skip_blanks();
    const size_t from = at_;
    while (at_ < text_.size() && (is_word_character(text_[at_]))) ++at_;
    const std::string_view word = text_.substr(from, at_ - from);
    if (word.empty()) return fail("expecting a number, a predicate or a parenthesis");
    if (is_ascii_digit(word.front())) return word.find_first_not_of('0') == word.npos ? Truth::no : Truth::yes;
    std::vector<std::string_view> arguments;
    if (at_ < text_.size() && text_[at_] == '(') {
      const size_t close = text_.find(')', at_);
      if (close == std::string_view::npos) return fail("a parenthesis is not closed");
      std::string_view inside = text_.substr(at_ + 1, close - at_ - 1);
      for (size_t comma = 0; comma != std::string_view::npos; inside.remove_prefix(comma + 1)) {
        comma = inside.find(',');
        arguments.push_back(inside.substr(0, comma));
        if (comma == std::string_view::npos) break;
      }
      at_ = close + 1;
    }
    return predicate(word, arguments);
  }

  Truth predicate(std::string_view name, const std::vector<std::string_view>& arguments) {
    const auto argument = [&](size_t i) { return i < arguments.size() ? arguments[i] : std::string_view(); };
    const auto truth = [](bool value) { return value ? Truth::yes : Truth::no; };
    if (name == "version_atleast" || name == "version_before") {
      const std::optional<Version> wanted = version_of(argument(0));
      if (!wanted) return fail(fmt::format("'{}' is no version such as 2.6", argument(0)));
      return truth((version_ >= *wanted) == (name == "version_atleast"));
    }
    if (name == "streq" || name == "strneq" || name == "strstr") {
      // A variable that nobody knows stands in the text as it is written.
      if (argument(0).find('$') != std::string_view::npos || argument(1).find('$') != std::string_view::npos)
        return Truth::unknown;
      if (name == "strstr") return truth(argument(0).find(argument(1)) != std::string_view::npos);
      return truth((argument(0) == argument(1)) == (name == "streq"));
    }
    if (name == "defined") {
      if (!environment_.knows(argument(0))) return Truth::unknown;
      return truth(environment_.value(argument(0)).has_value());
    }
    constexpr std::string_view of_the_build[] = {"feature", "openssl_version_atleast", "openssl_version_before",
                                                 "ssllib_name_startswith", "enabled", "awslc_api_atleast",
                                                 "awslc_api_before", "fips_mode"};
    for (const std::string_view known : of_the_build)
      if (name == known) return name == "feature" && argument(0) == "OPENSSL" ? Truth::yes : Truth::unknown;
    return fail(fmt::format("'{}' is no predicate; expecting version_atleast, version_before, streq, strneq, "
                            "strstr, defined, feature, enabled or one of OpenSSL's",
                            name));
  }

  Truth fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    at_ = text_.size();
    return Truth::unknown;
  }
  static bool is_word_character(char c) {
    return is_ascii_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  std::string_view text_;
  Version version_;
  const Environment& environment_;
  size_t at_ = 0;
  std::string problem_;
};

}  // namespace

BlockCondition judge_block_condition(std::string_view text, Version version, const Environment& environment) {
  return Judge(text, version, environment).judge();
}

}  // namespace astray::haproxy
