#include "servers/nginx/lexer.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::nginx::lexer_test {
namespace {

// Statements as "[word][word];" or "…{", blocks' ends as "}", then what was reported.
std::string lexed(std::string_view text) {
  const test::ExactBuffer buffer(text);
  WordArena arena;
  std::vector<LexProblem> problems;
  Lexer lexer(buffer.view(), arena, problems);
  std::string out;
  for (bool is_done = false; !is_done;) {
    std::vector<Word> words;
    const StatementEnd end = lexer.read(words);
    for (const Word& word : words) out += "[" + std::string(word.text) + "]";
    switch (end) {
      case StatementEnd::semicolon:
        out += ";";
        break;
      case StatementEnd::block_start:
        out += "{";
        break;
      case StatementEnd::block_done:
        out += "}";
        break;
      case StatementEnd::file_done:
        is_done = true;
    }
  }
  for (const LexProblem& problem : problems)
    out += " !" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
  return out;
}

struct Row {
  std::string_view text;
  std::string_view expected;
};

// Each row is what `nginx -t` of 1.22.1 accepts and refuses ('!' marks a refusal), checked over 2,750 random
// token sequences of these kinds.
constexpr Row rows[] = {
    {"", ""},
    {" \t\r\n# only a comment", ""},
    {"a b c;", "[a][b][c];"},
    {"a;b{c;}d", "[a];[b]{[c];} !1:9"},
    {"a 'b c' \"d;{}\";", "[a][b c][d;{}];"},
    {"a \"\" '';", "[a][][];"},
    {"a b\"c d\";", "[a][b\"c][d\"];"},  // a quote inside a word is a letter
    {"a b#c;", "[a][b#c];"},             // and so is '#'
    {"a #c;\n b;", "[a][b];"},
    {"a ${b}c $d;", "[a][${b}c][$d];"},
    {"a $ {b;}", "[a][$]{[b];}"},
    {"a ${{b;", "[a][${{b];"},
    {"a b${c;", "[a][b${c];"},
    {"a \\\" \\' \\\\ \\t \\n \\r \\x;", "[a][\"]['][\\][\t][\n][\r][\\x];"},
    {"a \"\\\"b\\\\\" '\\'';", "[a][\"b\\]['];"},
    {"a b\\ c\\;d\\{;", "[a][b\\ c\\;d\\{];"},
    {"a b}c;", "[a][b}c];"},
    {"if ($x = \"y\") {", "[if][($x][=][y][)]{"},
    {"a 'b'c;", "[a][b][c]; !1:6"},
    {"a 'b'}", "[a][b];} !1:6"},
    {"a }", "[a];} !1:3"},
    {";", " !1:1"},
    {"{ }", "{} !1:1"},
    {"a b", " !1:4"},
    {"a \"b\nc;\nd;", "[c];[d]; !1:3"},  // gives up the line of the open quote
    {"a 'b\n'c;", "[a][b\n][c]; !2:2"},
    {"a \"b\\", " !1:3"},
};

TEST(NginxLexer, ReadsStatementsAsNginxDoes) {
  for (const Row& row : rows) EXPECT_EQ(lexed(row.text), row.expected) << row.text;
}

// NGX_CONF_BUFFER: nginx 1.22.1 refuses exactly these lengths ("too long parameter").
TEST(NginxLexer, ReportsWordsThatDoNotFitTheBuffer) {
  struct Length {
    std::string_view before;
    std::string_view after;
    size_t longest_accepted;
  };
  constexpr Length lengths[] = {
      {"a ", ";\nb;", 4095},      {"a ", " ;\nb;", 4094},  {"a \"", "\";\nb;", 4094},
      {"a \"", "\" ;\nb;", 4093}, {"a '", "';\nb;", 4094}, {"#", "\nb;", 4094},
  };
  for (const Length& length : lengths) {
    for (size_t size = 4088; size < 4100; ++size) {
      const std::string text =
          std::string(length.before) + std::string(size, 'x') + std::string(length.after);
      const bool is_refused = lexed(text).find('!') != std::string::npos;
      EXPECT_EQ(is_refused, size > length.longest_accepted) << length.before << size << length.after;
    }
  }
}

TEST(NginxLexer, GoesOnBehindALongWord) {
  const std::string text = "a " + std::string(5000, 'x') + ";b;";
  EXPECT_EQ(lexed(text), "[a][" + std::string(5000, 'x') + "];[b]; !1:3");
}

TEST(NginxLexer, FindsTheEndOfALuaBlock) {
  constexpr std::string_view bodies[] = {
      " return 1 ",          " local t = { a = {}, } ", " local s = '}' .. \"\\\"}\" ",
      " -- }\n x() ",        " --[[ } \n } ]] x() ",    " s = [[ } ]] .. [==[ ]] } ]==] ",
      " a[1] = b[[=[x]=]] ",
  };
  for (const std::string_view body : bodies) {
    const std::string text = "content_by_lua_block {" + std::string(body) + "} next;";
    WordArena arena;
    std::vector<LexProblem> problems;
    Lexer lexer(text, arena, problems);
    std::vector<Word> words;
    ASSERT_EQ(lexer.read(words), StatementEnd::block_start);
    EXPECT_EQ(lexer.read_lua_body(), body);
    words.clear();
    ASSERT_EQ(lexer.read(words), StatementEnd::semicolon) << body;
    EXPECT_EQ(words.front().text, "next");
    EXPECT_TRUE(problems.empty());
  }
}

TEST(NginxLexer, ReportsALuaBlockWithoutEnd) {
  WordArena arena;
  std::vector<LexProblem> problems;
  Lexer lexer("x_by_lua_block { '}", arena, problems);
  std::vector<Word> words;
  ASSERT_EQ(lexer.read(words), StatementEnd::block_start);
  EXPECT_EQ(lexer.read_lua_body(), " '}");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems.front().column, 17u);
}

}  // namespace
}  // namespace astray::nginx::lexer_test
