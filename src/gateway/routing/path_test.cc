#include "gateway/routing/path.h"

#include <gtest/gtest.h>

namespace astray::gateway {
namespace {

TEST(Path, IsCutAtTheFirstQuestionMark) {
  struct {
    std::string_view target, path, query;
  } const cases[] = {
      {"/a/b?c=d", "/a/b", "?c=d"},
      {"/a", "/a", ""},
      {"/a?", "/a", "?"},
      {"/a?b?c", "/a", "?b?c"},
      {"*", "*", ""},
      {"", "", ""},
      {"?x", "", "?x"},
  };
  for (const auto& [target, path, query] : cases) {
    EXPECT_EQ(path_of(target), path) << target;
    EXPECT_EQ(query_of(target), query) << target;
  }
}

TEST(Path, DotSegmentsAreRefusedInEverySpelling) {
  for (const std::string_view path :
       {"/.", "/..", "/a/../b", "/a/./b", "/a/..", "/%2e", "/%2E%2e/", "/.%2e/x", "/%2e./x", "/a%2F..%2fb",
        "/a\\..\\b", "/a%5c..%5Cb", "/a/..;/b", "/a/..;x=1/b", "/a/.;", "/a/..%3b/c", "/..%2F"})
    EXPECT_EQ(path_problem(path), PathProblem::dot_segment) << path;
  for (const std::string_view path :
       {"/", "/...", "/.well-known/acme", "/a..", "/..a", "/a/.b/c.", "/%2ea", "/a;../b", "/a;/b", "/....;",
        "/%252e%252e/x", "//", "/a//b", "/a%2Fb", "/x%20y", "/caf%C3%A9", "/;", "/a%00b"})
    EXPECT_NE(path_problem(path), PathProblem::dot_segment) << path;
}

TEST(Path, OtherProblems) {
  for (const std::string_view path : {"/%", "/%2", "/%zz", "/a%2g", "/%%41", "/100%"})
    EXPECT_EQ(path_problem(path), PathProblem::bad_encoding) << path;
  for (const std::string_view path :
       {std::string_view("/a\0b", 4), std::string_view("/a b"), std::string_view("/a\r\nb"),
        std::string_view("/\xc3\xa9"), std::string_view("/a#b"), std::string_view("/\x7f")})
    EXPECT_EQ(path_problem(path), PathProblem::forbidden_byte) << path;
  EXPECT_EQ(path_problem("/a%00.png"), PathProblem::encoded_nul);
  for (const std::string_view path : {"/", "/a%20b", "/%ff", "/a|b", "/a{b}", "/a=b&c", "/~x", "/a//b"})
    EXPECT_EQ(path_problem(path), std::nullopt) << path;
}

TEST(Path, ManySpellingsHaveOneCanonicalForm) {
  struct {
    std::string_view path, canonical;
  } const cases[] = {
      {"/", "/"},
      {"/a/b.c", "/a/b.c"},
      {"/a/b/", "/a/b/"},
      {"//a///b//", "/a/b/"},
      {"/%61dmin", "/admin"},
      {"/a%2fb", "/a/b"},
      {"/a%2F%2Fb", "/a/b"},
      {"/a\\b", "/a/b"},
      {"/a%5Cb", "/a/b"},
      {"/a;v=1/b;w", "/a/b"},
      {"/a%3bv/b", "/a/b"},
      {"/%40x:y%3A", "/@x:y:"},
      {"/caf%c3%a9", "/caf%C3%A9"},
      {"/a%20b", "/a%20b"},
      {"/{x}|", "/%7Bx%7D%7C"},
      {"/%7bx%7D%7c", "/%7Bx%7D%7C"},
      {"/%252e", "/%252e"},
      {"/a%2541", "/a%2541"},
      {"/a%23%3f", "/a%23%3F"},
  };
  for (const auto& [path, canonical] : cases) {
    EXPECT_EQ(canonical_path(path), canonical) << path;
    // Whoever says that a path is canonical must be right.
    EXPECT_TRUE(!is_canonical(path) || path == canonical) << path;
    EXPECT_EQ(canonical_path(canonical_path(path)), canonical) << path;
  }
  for (const std::string_view path : {"/", "/a/b.c", "/a/b/", "/@x:y", "/-_~!$&'()*+,="})
    EXPECT_TRUE(is_canonical(path)) << path;
  for (const std::string_view path : {"//", "/a//", "/%41", "/a;b", "/a\\b", "/{", "/a|", "/%20"})
    EXPECT_FALSE(is_canonical(path)) << path;
}

}  // namespace
}  // namespace astray::gateway
