// The words of the probe's enumerations: no gap, no two alike.
#include <gtest/gtest.h>

#include <set>

#include "probe/summary.h"

namespace astray {
namespace {

template <typename Enum>
void expect_table(Enum last) {
  std::set<std::string_view> seen;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const std::string_view text = to_string(static_cast<Enum>(i));
    EXPECT_FALSE(text.empty()) << i;
    EXPECT_TRUE(seen.insert(text).second) << text;
    EXPECT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-."), std::string_view::npos)
        << text;
  }
  EXPECT_TRUE(to_string(static_cast<Enum>(static_cast<int>(last) + 1)).empty())
      << "an enumerator is new here";
}

TEST(ProbeVocabulary, EveryEnumeratorHasItsOwnWord) {
  expect_table(PortProtocol::smtps);
  expect_table(Spelling::literal);
  expect_table(Placement::two_host_fields);
  expect_table(ConnectionUse::reused);
  expect_table(Stage::done);
  expect_table(ProbeFailure::cancelled);
  expect_table(CellVerdict::could_not_tell);
  expect_table(HopSoftware::unknown);
  expect_table(Agreement::differs);
  expect_table(ProbeFindingKind::not_answered);
  expect_table(ProbeSeverity::error);
  expect_table(OutlookEvidence::fresh_connection);
}

TEST(ProbeVocabulary, VerdictsHaveLettersOfTheirOwn) {
  std::set<char> letters;
  for (int i = 0; i <= static_cast<int>(CellVerdict::could_not_tell); ++i)
    EXPECT_TRUE(letters.insert(letter_of(static_cast<CellVerdict>(i))).second) << i;
  EXPECT_EQ(letters.count(' '), 0u);
}

TEST(ProbeVocabulary, VerdictsFitIntoTheSummary) {
  EXPECT_LT(static_cast<size_t>(CellVerdict::could_not_tell), ProbeSummary{}.by_verdict.size());
}

TEST(ProbeVocabulary, RuleIdsAreTheKindsWithAPrefix) {
  for (int i = 0; i <= static_cast<int>(ProbeFindingKind::not_answered); ++i) {
    const auto kind = static_cast<ProbeFindingKind>(i);
    EXPECT_EQ(rule_id(kind), "probe-" + std::string(to_string(kind)));
  }
}

TEST(ProbeVocabulary, MisdirectionIsWhatLeadsAstray) {
  EXPECT_TRUE(is_misdirection(CellVerdict::misdirected));
  EXPECT_TRUE(is_misdirection(CellVerdict::false_421));
  EXPECT_TRUE(is_misdirection(CellVerdict::authentication_bypass));
  EXPECT_FALSE(is_misdirection(CellVerdict::rejected_421));
  EXPECT_FALSE(is_misdirection(CellVerdict::could_not_tell));
  EXPECT_FALSE(is_misdirection(CellVerdict::indistinct));
}

}  // namespace
}  // namespace astray
