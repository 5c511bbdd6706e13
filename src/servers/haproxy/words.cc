#include "servers/haproxy/words.h"

#include <fmt/format.h>

#include "base/ascii.h"

namespace astray::haproxy {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

bool is_variable_character(char c) {
  return is_ascii_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class Cutter {
 public:
  Cutter(std::string_view line, const Environment& environment) : line_(line), environment_(environment) {}

  CutLine cut() {
    while (at_ < line_.size() && cut_.problem.empty()) {
      const char c = line_[at_];
      if (quote_ == 0 && (is_blank(c) || c == '#')) {
        end_word();
        if (c == '#') break;
        ++at_;
        continue;
      }
      begin_word();
      take(c);
    }
    if (quote_ != 0 && cut_.problem.empty())
      cut_.problem = fmt::format("the {} quote of column {} is not closed; HAProxy refuses the line",
                                 quote_ == '"' ? "double" : "single", quoted_from_);
    end_word();
    return std::move(cut_);
  }

 private:
  void take(char c) {
    if (quote_ == '\'') {
      if (c == '\'')
        quote_ = 0;
      else
        word_.text += c;
      ++at_;
    } else if (c == quote_) {
      quote_ = 0;
      ++at_;
    } else if (quote_ == 0 && (c == '"' || c == '\'')) {
      quote_ = c;
      quoted_from_ = static_cast<uint32_t>(at_ + 1);
      ++at_;
    } else if (c == '\\') {
      escape();
    } else if (c == '$' && quote_ == '"') {
      variable();
    } else {
      word_.text += c;
      ++at_;
    }
  }

  // A backslash before what it does not escape stays, inside and outside of double quotes.
  void escape() {
    if (at_ + 1 >= line_.size()) {
      word_.text += '\\';
      ++at_;
      return;
    }
    const char next = line_[at_ + 1];
    at_ += 2;
    switch (next) {
      case 'n': word_.text += '\n'; return;
      case 'r': word_.text += '\r'; return;
      case 't': word_.text += '\t'; return;
      case ' ': case '\\': case '#': case '"': case '\'':
        word_.text += next;
        return;
      case '$':
        if (quote_ != '"') word_.text += '\\';
        word_.text += '$';
        return;
      case 'x': {
        const int high = at_ < line_.size() ? hex_digit(line_[at_]) : -1;
        const int low = at_ + 1 < line_.size() ? hex_digit(line_[at_ + 1]) : -1;
        if (high < 0 || low < 0) {
          cut_.problem = fmt::format("\\x in column {} needs two hexadecimal digits", at_ - 1);
          return;
        }
        word_.text += static_cast<char>(high * 16 + low);
        at_ += 2;
        return;
      }
      default:
        word_.text += '\\';
        word_.text += next;
    }
  }

  void variable() {
    const size_t from = at_++;
    const bool has_brace = at_ < line_.size() && line_[at_] == '{';
    if (has_brace) ++at_;
    const size_t name_from = at_;
    while (at_ < line_.size() && is_variable_character(line_[at_])) ++at_;
    const std::string_view name = line_.substr(name_from, at_ - name_from);
    std::optional<std::string> by_default;
    bool splits = false;
    if (has_brace) {
      if (line_.substr(at_, 3) == "[*]") {
        splits = true;
        at_ += 3;
      }
      if (at_ < line_.size() && line_[at_] == '-') {
        const size_t close = line_.find('}', ++at_);
        by_default = std::string(line_.substr(at_, close == std::string_view::npos ? close : close - at_));
        at_ = close == std::string_view::npos ? line_.size() : close;
      }
      if (at_ >= line_.size() || line_[at_] != '}') {
        cut_.problem = fmt::format("the brace of ${{ in column {} is not closed", from + 1);
        return;
      }
      ++at_;
    }
    if (name.empty()) {
      cut_.problem = fmt::format("'$' in column {} names no variable; write \\$ for the character", from + 1);
      return;
    }
    if (!environment_.knows(name)) {
      word_.text += line_.substr(from, at_ - from);
      word_.unknown_for = std::string(name);
      return;
    }
    insert(environment_.value(name).value_or(by_default.value_or("")), splits);
  }

  void insert(const std::string& value, bool splits) {
    for (const char c : value) {
      if (splits && is_blank(c)) {
        end_word();
        begin_word();
      } else {
        word_.text += c;
      }
    }
  }

  void begin_word() {
    if (in_word_) return;
    in_word_ = true;
    word_ = {};
    word_.column = static_cast<uint32_t>(at_ + 1);
  }
  void end_word() {
    if (in_word_) cut_.words.push_back(std::move(word_));
    in_word_ = false;
  }

  std::string_view line_;
  const Environment& environment_;
  CutLine cut_;
  Word word_;
  size_t at_ = 0;
  char quote_ = 0;
  uint32_t quoted_from_ = 0;
  bool in_word_ = false;
};

}  // namespace

void Environment::set_if_absent(const std::string& name, std::string value) {
  // What the process was started with would win: unknown stays unknown.
  const auto found = values_.find(name);
  if (found != values_.end() && !found->second) found->second = std::move(value);
}

CutLine cut_line(std::string_view line, const Environment& environment) {
  return Cutter(line, environment).cut();
}

}  // namespace astray::haproxy
