#include "servers/nginx/lexer.h"

#include <fmt/format.h>

namespace astray::nginx {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string printable(char c) {
  return c >= 0x20 && c < 0x7f ? std::string(1, c) : fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
}

// \" \' \\ lose the backslash, \t \r \n become the character, every other backslash stays.
std::string unescape(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\' && i + 1 < raw.size()) {
      switch (raw[i + 1]) {
        case '"':
        case '\'':
        case '\\':
          text += raw[++i];
          continue;
        case 't':
          text += '\t';
          ++i;
          continue;
        case 'r':
          text += '\r';
          ++i;
          continue;
        case 'n':
          text += '\n';
          ++i;
          continue;
        default:
          break;
      }
    }
    text += raw[i];
  }
  return text;
}

}  // namespace

void Lexer::advance() {
  if (text_[position_++] == '\n') {
    ++line_;
    line_start_ = position_;
  }
}

void Lexer::skip_line() {
  const size_t end = text_.find('\n', position_);
  position_ = end == std::string_view::npos ? text_.size() : end;
}

void Lexer::report(size_t position, std::string message) {
  problems_.push_back({line_, column(position), std::move(message)});
}

void Lexer::report_long_word(size_t start, uint32_t line, uint32_t column) {
  problems_.push_back(
      {line, column,
       fmt::format(
           "too long parameter \"{}...\": nginx reads at most {} bytes and will not start; shorten it",
           text_.substr(start, 10), max_word)});
}

void Lexer::skip_comment() {
  const size_t start = position_;
  skip_line();
  if (position_ - start >= max_word && !at_end()) report_long_word(start, line_, column(start));
}

StatementEnd Lexer::read(std::vector<Word>& words) {
  const size_t first = words.size();
  while (!at_end()) {
    const char c = text_[position_];
    switch (c) {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        advance();
        break;
      case '#':
        skip_comment();
        break;
      case ';':
        if (words.size() != first) {
          ++position_;
          return StatementEnd::semicolon;
        }
        report(position_, "unexpected \";\" where a directive was expected; left out");
        ++position_;
        break;
      case '{':
        if (words.size() == first)
          report(position_, "unexpected \"{\" where a directive was expected; the block is left out");
        ++position_;
        return StatementEnd::block_start;
      case '}':
        if (words.size() != first) {
          report(position_, fmt::format("unexpected \"}}\": the directive \"{}\" is not terminated by \";\"; "
                                        "read as if it were",
                                        words[first].text));
          return StatementEnd::semicolon;
        }
        ++position_;
        return StatementEnd::block_done;
      case '"':
      case '\'':
        if (!read_quoted_word(words, c)) words.resize(first);
        break;
      default:
        if (!read_word(words)) words.resize(first);
    }
  }
  if (words.size() != first) {
    report(position_, fmt::format("unexpected end of file, expecting \";\" or \"}}\" after \"{}\"; "
                                  "the directive is left out",
                                  words[first].text.substr(0, 40)));
    words.resize(first);
  }
  return StatementEnd::file_done;
}

bool Lexer::read_word(std::vector<Word>& words) {
  const size_t start = position_;
  Word word{{}, line_, column(start)};
  bool has_escape = false;
  bool after_dollar = false;
  while (!at_end()) {
    const char c = text_[position_];
    if (c == '{' && after_dollar) {
      ++position_;
      continue;
    }
    after_dollar = c == '$';
    if (c == '\\') {
      has_escape = true;
      ++position_;
      if (!at_end()) advance();
      continue;
    }
    if (is_blank(c) || c == ';' || c == '{') break;
    ++position_;
  }
  const size_t length = position_ - start;
  if (!at_end() && (length >= max_word || (length == max_word - 1 && is_blank(text_[position_]))))
    report_long_word(start, word.line, word.column);
  word.text = text_.substr(start, length);
  if (has_escape) word.text = arena_.keep(unescape(word.text));
  words.push_back(word);
  if (at_end()) {
    report(position_, fmt::format("unexpected end of file, expecting \";\" or \"}}\" after \"{}\"; "
                                  "the directive is left out",
                                  word.text.substr(0, 40)));
    return false;
  }
  return true;
}

bool Lexer::read_quoted_word(std::vector<Word>& words, char quote) {
  const size_t opening = position_;
  const size_t opening_line_start = line_start_;
  Word word{{}, line_, column(opening)};
  bool has_escape = false;
  ++position_;
  const size_t start = position_;
  while (!at_end() && text_[position_] != quote) {
    if (text_[position_] == '\\') {
      has_escape = true;
      ++position_;
      if (at_end()) break;
    }
    advance();
  }
  const size_t length = position_ - start;
  if (at_end() || length >= max_word) {
    // Everything up to the next quote of this kind would be swallowed: give up this line alone.
    problems_.push_back({word.line, word.column,
                         fmt::format("too long parameter, probably missing terminating \"{}\" character; "
                                     "the rest of the line is left out",
                                     quote)});
    position_ = opening;
    line_ = word.line;
    line_start_ = opening_line_start;
    skip_line();
    return false;
  }
  ++position_;
  // The closing quote still lies in the buffer, and so must one blank behind it.
  const bool is_before_blank = position_ + 1 < text_.size() && is_blank(text_[position_]);
  if ((length == max_word - 1 && !at_end()) || (length == max_word - 2 && is_before_blank))
    report_long_word(start, word.line, word.column);
  word.text = text_.substr(start, length);
  if (has_escape) word.text = arena_.keep(unescape(word.text));
  words.push_back(word);
  if (!at_end()) {
    const char next = text_[position_];
    // ')' may follow a quote (`if ($x = "y")`) and is a word of its own.
    if (!is_blank(next) && next != ';' && next != '{' && next != ')' && next != '}')
      report(position_,
             fmt::format("unexpected \"{}\" after a closing quote; read as if a blank stood between",
                         printable(next)));
  }
  return true;
}

std::string_view Lexer::read_lua_body() {
  const size_t start = position_;
  const uint32_t start_line = line_;
  const uint32_t start_column = column(position_);
  size_t depth = 1;
  while (!at_end()) {
    const char c = text_[position_];
    if (c == '}' && --depth == 0) {
      const std::string_view body = text_.substr(start, position_ - start);
      ++position_;
      return body;
    }
    if (c == '{') ++depth;
    if (c == '"' || c == '\'') {
      skip_lua_string(c);
    } else if (c == '[') {
      if (!skip_lua_long_bracket()) ++position_;
    } else if (c == '-' && text_.substr(position_, 2) == "--") {
      position_ += 2;
      if (at_end() || text_[position_] != '[' || !skip_lua_long_bracket()) skip_line();
    } else {
      advance();
    }
  }
  problems_.push_back({start_line, start_column,
                       "the Lua block has no end: expecting the \"}\" that closes it; "
                       "the rest of the file is left out"});
  return text_.substr(start);
}

void Lexer::skip_lua_string(char quote) {
  ++position_;
  while (!at_end() && text_[position_] != quote && text_[position_] != '\n') {
    if (text_[position_] == '\\') ++position_;
    if (!at_end()) advance();
  }
  if (!at_end()) advance();
}

// [[…]], [=[…]=], …
bool Lexer::skip_lua_long_bracket() {
  size_t level_end = position_ + 1;
  while (level_end < text_.size() && text_[level_end] == '=') ++level_end;
  if (level_end >= text_.size() || text_[level_end] != '[') return false;
  const std::string closing = "]" + std::string(level_end - position_ - 1, '=') + "]";
  const size_t end = text_.find(closing, level_end + 1);
  if (end == std::string_view::npos) return false;
  while (position_ < end + closing.size()) advance();
  return true;
}

}  // namespace astray::nginx
