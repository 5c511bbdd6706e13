#pragma once
// nginx's own syntax (src/core/ngx_conf_file.c, ngx_conf_read_token): a statement is a list of words that
// ends with ';' or '{'. Quotes count only at the start of a word, '#' likewise; "${" does not open a block.
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace astray::nginx {

/// A word with its quotes removed and its escapes resolved. The text lies in the file or in the arena.
struct Word {
  std::string_view text;
  uint32_t line = 0;
  uint32_t column = 0;
};

/// Where words live whose text differs from the file's bytes.
class WordArena {
 public:
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }

 private:
  std::deque<std::string> kept_;
};

enum class StatementEnd : uint8_t { semicolon, block_start, block_done, file_done };

struct LexProblem {
  uint32_t line;
  uint32_t column;
  std::string message;
};

/// Reads one file. After an error it goes on where the next statement most likely starts.
class Lexer {
 public:
  /// A word, its closing quote or blank included, must fit nginx's read buffer (NGX_CONF_BUFFER); a comment
  /// too.
  static constexpr size_t max_word = 4096;

  Lexer(std::string_view text, WordArena& arena, std::vector<LexProblem>& problems)
      : text_(text), arena_(arena), problems_(problems) {}

  /// Appends the words of the next statement. `block_done` and `file_done` come without words.
  StatementEnd read(std::vector<Word>& words);

  /// Right after a `block_start` of a Lua block: its body up to the '}' that ends it by Lua's rules,
  /// consumed.
  std::string_view read_lua_body();

  uint32_t line() const { return line_; }
  /// Of the byte that was read last.
  uint32_t last_column() const { return column(position_ == 0 ? 0 : position_ - 1); }

 private:
  bool at_end() const { return position_ == text_.size(); }
  uint32_t column(size_t position) const { return static_cast<uint32_t>(position - line_start_ + 1); }
  void advance();
  void skip_line();
  void skip_comment();
  void report(size_t position, std::string message);
  void report_long_word(size_t start, uint32_t line, uint32_t column);
  bool read_word(std::vector<Word>& words);
  bool read_quoted_word(std::vector<Word>& words, char quote);
  void skip_lua_string(char quote);
  bool skip_lua_long_bracket();

  std::string_view text_;
  WordArena& arena_;
  std::vector<LexProblem>& problems_;
  size_t position_ = 0;
  size_t line_start_ = 0;
  uint32_t line_ = 1;
};

}  // namespace astray::nginx
