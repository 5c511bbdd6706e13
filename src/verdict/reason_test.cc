#include "verdict/reason.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>

namespace astray::reason_test {
namespace {

constexpr Reason last_reason = Reason::facts_missing;

std::set<std::string> stems_of_pages() {
  std::set<std::string> stems;
  for (const auto& entry : std::filesystem::directory_iterator(ASTRAY_SOURCE_DIR "/src/verdict/reasons")) {
    EXPECT_EQ(entry.path().extension(), ".md") << entry.path();
    stems.insert(entry.path().stem());
  }
  return stems;
}

size_t count_lines(std::string_view text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Reason, EveryReasonHasItsRowInTheOrderOfTheEnumeration) {
  auto rows = all_reasons();
  ASSERT_EQ(rows.size(), static_cast<size_t>(last_reason) + 1);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(rows[i].reason), i) << rows[i].id;
    EXPECT_EQ(info(rows[i].reason).id, rows[i].id);
  }
}

TEST(Reason, IdsAreUniqueKebabCaseAndFound) {
  std::set<std::string_view> seen;
  for (const ReasonInfo& row : all_reasons()) {
    EXPECT_TRUE(std::regex_match(std::string(row.id), std::regex("[a-z0-9]+(-[a-z0-9]+)*"))) << row.id;
    EXPECT_TRUE(seen.insert(row.id).second) << row.id;
    EXPECT_EQ(find_reason(row.id), row.reason);
    EXPECT_EQ(to_string(row.reason), row.id);
  }
  EXPECT_EQ(find_reason("no-such-reason"), std::nullopt);
  EXPECT_EQ(find_reason(""), std::nullopt);
}

TEST(Reason, SentencesHaveNoFullStopAndSpecsHaveASection) {
  for (const ReasonInfo& row : all_reasons()) {
    EXPECT_GE(row.sentence.size(), 20u) << row.id;
    EXPECT_FALSE(row.sentence.ends_with('.')) << row.id;
    EXPECT_EQ(row.sentence.find(". "), std::string_view::npos) << row.id;
    if (row.spec.empty() || row.spec.starts_with("Gateway API")) continue;
    EXPECT_TRUE(
        std::regex_match(std::string(row.spec), std::regex("RFC [0-9]+ §[0-9.]+[0-9]|RFC [0-9]+ §[0-9]")))
        << row.id << ": " << row.spec;
  }
}

TEST(Reason, GroupsStandTogether) {
  std::set<ReasonGroup> closed;
  auto rows = all_reasons();
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].group == rows[i - 1].group) continue;
    EXPECT_TRUE(closed.insert(rows[i - 1].group).second) << rows[i].id;
    EXPECT_FALSE(closed.contains(rows[i].group)) << rows[i].id;
  }
}

TEST(Reason, EveryReasonHasAPageAndEveryPageAReason) {
  std::set<std::string> stems = stems_of_pages();
  for (const ReasonInfo& row : all_reasons()) {
    EXPECT_EQ(stems.erase(std::string(row.id)), 1u) << "write src/verdict/reasons/" << row.id << ".md";
  }
  for (const std::string& stem : stems) ADD_FAILURE() << "no reason is called " << stem;
}

TEST(Reason, PagesHaveTheirHeadings) {
  for (const ReasonInfo& row : all_reasons()) {
    std::string_view text = page(row.reason);
    EXPECT_TRUE(text.starts_with("# " + std::string(row.id) + "\n")) << row.id;
    size_t at = 0;
    for (const char* heading :
         {"\n## What it means\n", "\n## When it comes up\n", "\n## Which servers or clients do this\n",
          "\n## How to see it\n", "\n## What to do\n"}) {
      size_t next = text.find(heading, at);
      EXPECT_NE(next, std::string_view::npos) << row.id << " lacks, in this order, " << heading;
      if (next != std::string_view::npos) at = next;
    }
    EXPECT_GE(count_lines(text), 15u) << row.id;
    EXPECT_LE(count_lines(text), 40u) << row.id;
  }
}

TEST(Reason, PagesCiteTheSpecificationOfTheirRow) {
  for (const ReasonInfo& row : all_reasons()) {
    if (row.spec.empty()) continue;
    EXPECT_NE(page(row.reason).find(row.spec), std::string_view::npos)
        << row.id << " does not cite " << row.spec;
  }
}

}  // namespace
}  // namespace astray::reason_test
