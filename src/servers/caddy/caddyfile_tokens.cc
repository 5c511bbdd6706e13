#include "servers/caddy/caddyfile_tokens.h"

#include <algorithm>
#include <optional>

namespace astray::caddy {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f'; }

class Lexer {
 public:
  Lexer(std::string_view text, SourceFileId file, const Environment& environment,
        std::vector<UnknownVariable>& unknown)
      : text_(text), file_(file), environment_(environment), unknown_(unknown) {}

  std::vector<Token> run() {
    while (!at_end()) step();
    finish();
    return std::move(tokens_);
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  SourceSpan here() const { return {file_, line_, column_}; }

  void advance() {
    if (text_[at_] == '\n') {
      ++line_;
      column_ = 1;
    } else {
      ++column_;
    }
    ++at_;
  }

  void step() {
    if (take_variable()) return;
    take(text_[at_]);
    advance();
  }

  /// {$NAME} of the environment: its value is read as if it stood here. Values are not searched again.
  bool take_variable() {
    if (text_.substr(at_, 2) != "{$" || is_comment_) return false;
    const size_t end = text_.find('}', at_);
    if (end == std::string_view::npos || end == at_ + 2) return false;
    const std::string_view inside = text_.substr(at_ + 2, end - at_ - 2);
    const std::string name(inside.substr(0, inside.find(':')));
    const auto known = environment_.find(name);
    if (known == environment_.end()) {
      const bool is_new = std::ranges::none_of(unknown_, [&](const auto& each) { return each.name == name; });
      if (is_new) unknown_.push_back({name, here()});
      // It stays one word, be there blanks in its default.
      while (at_ <= end) {
        append(text_[at_]);
        advance();
      }
      return true;
    }
    for (const char c : known->second) take(c);
    while (at_ <= end) advance();
    return true;
  }

  void take(char c) {
    if (quote_ != 0) return take_quoted(c);
    if (c == '\n') is_comment_ = false;
    if (is_comment_) return;
    if (escapes_) {
      escapes_ = false;
      if (c == '\r') {
        escapes_ = true;
        return;
      }
      if (c == '\n') return finish();  // the line goes on: what follows begins no line
      append('\\');
    } else if (c == '\\') {
      escapes_ = true;
      return;
    }
    if (is_space(c)) {
      if (c == '\r') return;
      finish();
      if (c == '\n') begins_line_ = true;
      return;
    }
    if (!token_ && c == '#') {
      is_comment_ = true;
      return;
    }
    if (!token_ && (c == '"' || c == '`')) {
      begin();
      token_->is_quoted = true;
      quote_ = c;
      return;
    }
    append(c);
  }

  void take_quoted(char c) {
    if (quote_ == '"' && escapes_) {
      if (c != '"') token_->text += '\\';
      escapes_ = false;
      token_->text += c;
    } else if (quote_ == '"' && c == '\\') {
      escapes_ = true;
    } else if (c == quote_) {
      quote_ = 0;
      finish();
    } else {
      token_->text += c;
    }
  }

  void begin() {
    token_ = Token{"", here(), false, begins_line_};
    begins_line_ = false;
  }

  void append(char c) {
    if (!token_) begin();
    token_->text += c;
  }

  void finish() {
    if (token_) tokens_.push_back(*std::move(token_));
    token_.reset();
  }

  std::string_view text_;
  SourceFileId file_;
  const Environment& environment_;
  std::vector<UnknownVariable>& unknown_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  uint32_t column_ = 1;
  char quote_ = 0;
  bool escapes_ = false;
  bool is_comment_ = false;
  bool begins_line_ = true;
  std::optional<Token> token_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text, SourceFileId file, const Environment& environment,
                             std::vector<UnknownVariable>& unknown) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return Lexer(text, file, environment, unknown).run();
}

}  // namespace astray::caddy
