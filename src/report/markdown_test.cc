#include "report/markdown.h"

#include <gtest/gtest.h>

#include "audit/rule.h"
#include "base/utf8.h"
#include "verdict/reason.h"

namespace astray {
namespace {

TEST(Markdown, LaysOutEveryElement) {
  const std::string_view page =
      "# Title\n\nA paragraph of\ntwo lines.\n\n## Part\n- an item that\n  goes on\n- another\n\n1. first\n\n"
      "    indented code\n\n```nginx /etc/x\nlisten 443;\n\n# a comment\n```\n| a | b |\nEnd.\n";
  EXPECT_EQ(render_markdown(page, 40, Palette()),
            "Title\n"
            "\n"
            "  A paragraph of two lines.\n"
            "\n"
            "Part\n"
            "  - an item that goes on\n"
            "  - another\n"
            "\n"
            "  1. first\n"
            "\n"
            "    indented code\n"
            "\n"
            "    listen 443;\n"
            "\n"
            "    # a comment\n"
            "\n"
            "  | a | b |\n"
            "  End.\n");
}

TEST(Markdown, PaintsInlineCodeAcrossLines) {
  EXPECT_EQ(render_markdown("aaaaaaaaaa `bbbbbbbbbb cccccccccc` **d**", 26, Palette(Palette::Kind::ansi)),
            "  aaaaaaaaaa \x1b[36mbbbbbbbbbb\x1b[0m\n  \x1b[36mcccccccccc\x1b[0m \x1b[1md\x1b[0m\n");
}

TEST(Markdown, EveryPageFitsATerminal) {
  std::vector<std::string_view> pages;
  for (const ReasonInfo& reason : all_reasons()) pages.push_back(page(reason.reason));
  for (const Rule* rule : all_rules()) pages.push_back(page(*rule));
  for (const std::string_view text : pages) {
    const std::string rendered = render_markdown(text, 60, Palette());
    EXPECT_EQ(rendered.find("```"), std::string::npos) << text.substr(0, 40);
    std::string_view rest = rendered;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = rest.substr(0, end);
      // Code and tables keep their lines; running text is wrapped, unless one word is longer.
      const bool running = line.starts_with("  ") && !line.starts_with("    ") && !line.starts_with("  |");
      if (running && line.find(' ', 4) != std::string_view::npos) {
        EXPECT_LE(columns_of(line), 60) << line;
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
}

TEST(Markdown, UnclosedFencesAndOddBytesDoNoHarm) {
  EXPECT_EQ(render_markdown("```\ncode", 40, Palette()), "    code\n");
  EXPECT_EQ(render_markdown("a\x1b[0m `", 40, Palette()), "  a\\x1b[0m `\n");
  EXPECT_EQ(render_markdown("", 40, Palette()), "");
}

}  // namespace
}  // namespace astray
