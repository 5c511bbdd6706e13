#include "audit/rule_page_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.h"

namespace astray::test {
namespace {

constexpr std::array<std::string_view, 17> known_fences = {
    "nginx", "httpd", "haproxy", "caddy", "h2o", "envoy", "istio", "trafficserver", "traefik", "kubernetes", "file", "certificates", "dns", "options", "waivers", "expect", "answers"};

class PageParser {
 public:
  Result<RulePage> parse(std::string_view markdown) {
    size_t begin = 0;
    while (begin < markdown.size()) {
      size_t end = std::min(markdown.find('\n', begin), markdown.size());
      ++line_;
      if (auto result = take(markdown.substr(begin, end - begin)); !result)
        return tl::unexpected(result.error());
      begin = end + 1;
    }
    if (fence_) return failure(fmt::format("line {}: the fence is never closed", fence_->line));
    close_heading();
    return std::move(page_);
  }

 private:
  using Taken = Result<std::monostate>;

  Taken take(std::string_view line) {
    if (fence_) return take_in_fence(line);
    if (line.starts_with("```")) return open_fence(line.substr(3));
    if (line.starts_with("### ")) return open_case(line.substr(4));
    if (line.starts_with("## ")) {
      close_heading();
      page_.headings.emplace_back(ascii_trim(line.substr(3)));
      heading_is_empty_ = true;
      case_open_ = false;
      return {};
    }
    if (line.starts_with("# ")) {
      page_.title = ascii_trim(line.substr(2));
      return {};
    }
    if (!ascii_trim(line).empty()) heading_is_empty_ = false;
    return {};
  }

  Taken take_in_fence(std::string_view line) {
    if (line != "```") {
      fence_->text.append(line).push_back('\n');
      return {};
    }
    if (case_open_) page_.cases.back().fences.push_back(std::move(*fence_));
    fence_.reset();
    return {};
  }

  Taken open_fence(std::string_view info) {
    heading_is_empty_ = false;
    size_t blank = std::min(info.find(' '), info.size());
    fence_ =
        Fence{std::string(info.substr(0, blank)), std::string(ascii_trim(info.substr(blank))), "", line_};
    bool known = std::find(known_fences.begin(), known_fences.end(), fence_->kind) != known_fences.end();
    if (case_open_ && !known)
      return failure(fmt::format("line {}: no fence of a case is called '{}'; expected one of {}", line_,
                                 fence_->kind, fmt::join(known_fences, ", ")));
    return {};
  }

  Taken open_case(std::string_view title) {
    heading_is_empty_ = false;
    std::string_view heading = page_.headings.empty() ? std::string_view() : page_.headings.back();
    if (heading != "Fires" && heading != "Stays silent") return {};
    page_.cases.push_back({heading == "Fires" ? CaseKind::fires : CaseKind::stays_silent,
                           std::string(ascii_trim(title)),
                           line_,
                           {}});
    case_open_ = true;
    return {};
  }

  void close_heading() {
    if (!page_.headings.empty() && heading_is_empty_) page_.empty_headings.push_back(page_.headings.back());
  }

  RulePage page_;
  size_t line_ = 0;
  bool heading_is_empty_ = false;
  bool case_open_ = false;
  std::optional<Fence> fence_;
};

}  // namespace

Result<RulePage> parse_rule_page(std::string_view markdown) {
  return PageParser().parse(markdown);
}

TEST(RulePageParser, ReadsHeadingsCasesAndFences) {
  auto page = parse_rule_page(
      "# AST900 a-pattern\n\n## What it finds\nText.\n\n## Fires\n### one\nprose\n"
      "```nginx /etc/nginx/nginx.conf\nevents {}\n```\n```expect\nerror high a -> b f:1\n```\n"
      "## Stays silent\n### two\n## How to fix\n");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->title, "AST900 a-pattern");
  EXPECT_EQ(page->headings,
            (std::vector<std::string>{"What it finds", "Fires", "Stays silent", "How to fix"}));
  EXPECT_EQ(page->empty_headings, std::vector<std::string>{"How to fix"});
  ASSERT_EQ(page->cases.size(), 2u);
  EXPECT_EQ(page->cases[0].kind, CaseKind::fires);
  EXPECT_EQ(page->cases[0].title, "one");
  ASSERT_EQ(page->cases[0].fences.size(), 2u);
  EXPECT_EQ(page->cases[0].fences[0].kind, "nginx");
  EXPECT_EQ(page->cases[0].fences[0].argument, "/etc/nginx/nginx.conf");
  EXPECT_EQ(page->cases[0].fences[0].text, "events {}\n");
  EXPECT_EQ(page->cases[0].fences[0].line, 9u);
  EXPECT_EQ(page->cases[0].fences[1].kind, "expect");
  EXPECT_EQ(page->cases[1].kind, CaseKind::stays_silent);
}

TEST(RulePageParser, RefusesUnknownFencesInCasesAndUnclosedOnes) {
  EXPECT_FALSE(parse_rule_page("## Fires\n### c\n```ngnix /x\n```\n"));
  EXPECT_FALSE(parse_rule_page("## Fires\n### c\n```nginx /x\nevents {}\n"));
  EXPECT_TRUE(parse_rule_page("## How to fix\n```text\nanything\n```\n"));
}

TEST(RulePageParser, DoesNotTakeHeadingsInsideFencesForHeadings) {
  auto page = parse_rule_page("## Fires\n### c\n```httpd /x\n# comment\n## comment\n```\n");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->headings.size(), 1u);
  EXPECT_EQ(page->title, "");
}

}  // namespace astray::test
