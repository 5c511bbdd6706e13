#include "report/excerpt.h"

#include <gtest/gtest.h>

#include <map>

namespace astray {
namespace {

using Texts = std::map<std::string, std::string>;

class Files {
 public:
  explicit Files(Texts files) : files_(std::move(files)) {}
  SourceText source() {
    return SourceText([this](const std::string& file) -> std::optional<std::string> {
      ++fetched_;
      const auto found = files_.find(file);
      return found == files_.end() ? std::nullopt : std::optional(found->second);
    });
  }
  int fetched() const { return fetched_; }

 private:
  Texts files_;
  int fetched_ = 0;
};

std::string show(Files& files, std::vector<Place> places, int columns = 80) {
  SourceText source = files.source();
  return excerpt(places, source, ShownPaths("/srv"), columns, Palette());
}

TEST(Excerpt, MarksAPairInOneFile) {
  Files files(Texts{{"/srv/n.conf", "server {\n    listen 443;\n}\nserver {\n}\n"}});
  EXPECT_EQ(show(files, {{"/srv/n.conf", 4, 1, "second"}, {"/srv/n.conf", 2, 5, "first"}}),
            " --> n.conf:4:1\n"
            "  |\n"
            "2 |     listen 443;\n"
            "  |     ----------- first\n"
            " ...\n"
            "4 | server {\n"
            "  | ^^^^^^ second\n");
}

TEST(Excerpt, ShowsALineOnceForTwoPlaces) {
  Files files(Texts{{"n.conf", "a b; c d;\n"}});
  EXPECT_EQ(show(files, {{"n.conf", 1, 1, "one"}, {"n.conf", 1, 6, "other"}}),
            " --> n.conf:1:1\n"
            "  |\n"
            "1 | a b; c d;\n"
            "  | ^^^^ one\n"
            "  |      ---- other\n");
}

TEST(Excerpt, KeepsTwoFilesApartAndNamesWhatCannotBeRead) {
  Files files(Texts{{"/srv/n.conf", "proxy_pass https://x;\n"}});
  EXPECT_EQ(show(files, {{"/srv/n.conf", 1, 1, "edge"}, {"/etc/gone.conf", 12, 3, "host"}}),
            "  --> n.conf:1:1\n"
            "   |\n"
            " 1 | proxy_pass https://x;\n"
            "   | ^^^^^^^^^^^^^^^^^^^^^ edge\n"
            "  ::: /etc/gone.conf:12:3\n"
            "   | /etc/gone.conf:12:3 host\n");
}

TEST(Excerpt, StatementsEndAsTheirServerEndsThem) {
  struct Case {
    std::string_view line;
    uint32_t column;
    std::string_view mark;
  };
  const Case cases[] = {
      {"location / {", 1, "^^^^^^^^^^"},
      {"a \"x;y\" z; b;", 1, "^^^^^^^^^^"},
      {"a 'x;y' z; b;", 12, "           ^^"},
      {"a\\;b c;", 1, "^^^^^^^"},
      {"<VirtualHost *:443>", 1, "^^^^^^^^^^^^^^^^^^^"},
      {"Header set X \"a; b\"", 1, "^^^^^^^^^^^^^^^^^^^"},
      {"    indented", 0, "    ^^^^^^^^"},
      {"short;", 100, "      ^"},
      {"}", 1, "^"},
      {"", 1, "^"},
  };
  for (const Case& c : cases) {
    Files files(Texts{{"f", std::string(c.line) + "\r\n"}});
    const std::string text = show(files, {{"f", 1, c.column, ""}});
    const std::string last = text.substr(text.rfind('\n', text.size() - 2) + 1);
    EXPECT_EQ(last, "  | " + std::string(c.mark) + "\n") << c.line;
  }
}

TEST(Excerpt, LongLinesKeepTheMarkInSight) {
  const std::string line =
      "server { " + std::string(200, 'x') + "; listen 443; " + std::string(200, 'y') + "; }";
  Files files(Texts{{"f", line}});
  const std::string text = show(files, {{"f", 1, 212, "here"}}, 60);
  EXPECT_NE(text.find("… listen 443;"), std::string::npos) << text;
  EXPECT_NE(text.find("  |   ^^^^^^^^^^^ here\n"), std::string::npos) << text;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    EXPECT_LE(end - at, 64u) << text.substr(at, end - at);  // "…" is three bytes
    at = end + 1;
  }
}

TEST(Excerpt, EscapesWhatTheConfigurationHolds) {
  Files files(Texts{{"f\x1b", "a \x1b[31mred; b;\n"}});
  const std::string text = show(files, {{"f\x1b", 1, 1, "what\x07"}});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
  EXPECT_NE(text.find("1 | a \\x1b[31mred; b;\n  | ^^^^^^^^^^^^^^ what\\x07\n"), std::string::npos) << text;
}

TEST(Excerpt, UnknownPlacesAreLeftOut) {
  Files files(Texts{});
  EXPECT_EQ(show(files, {{}, {"", 3, 1, "nowhere"}}), "");
}

TEST(SourceText, FindsLinesAndFetchesOnce) {
  Files files(Texts{{"f", "one\ntwo\r\n\nlast"}, {"ends", "x\n"}});
  SourceText source = files.source();
  EXPECT_EQ(source.line("f", 1), "one");
  EXPECT_EQ(source.line("f", 2), "two");
  EXPECT_EQ(source.line("f", 3), "");
  EXPECT_EQ(source.line("f", 4), "last");
  EXPECT_EQ(source.line("f", 5), std::nullopt);
  EXPECT_EQ(source.line("f", 0), std::nullopt);
  EXPECT_EQ(source.line("ends", 2), "");
  EXPECT_EQ(source.line("gone", 1), std::nullopt);
  EXPECT_EQ(source.line("gone", 1), std::nullopt);
  EXPECT_EQ(files.fetched(), 3);
}

TEST(ShownPaths, ShortensOnlyWhatLiesBelow) {
  const ShownPaths paths("/srv");
  EXPECT_EQ(paths.of(std::string_view("/srv/a/b")), "a/b");
  EXPECT_EQ(paths.of(std::string_view("/srvother/a")), "/srvother/a");
  EXPECT_EQ(paths.of(std::string_view("/srv")), "/srv");
  EXPECT_EQ(paths.of(std::string_view("/srv/")), "/srv/");
  EXPECT_EQ(paths.of(std::string_view("relative")), "relative");
  EXPECT_EQ(ShownPaths("/").of(std::string_view("/a")), "/a");
  EXPECT_EQ(paths.of(Place{"/srv/a", 0, 0, ""}), "a");
  EXPECT_EQ(paths.of(Place{"/srv/a", 3, 0, ""}), "a:3");
}

}  // namespace
}  // namespace astray
