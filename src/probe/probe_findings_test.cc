#include "probe/probe_findings.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace astray {
namespace {

ProbeFinding finding(ProbeFindingKind kind, ProbeSeverity severity, std::string sentence) {
  return {.kind = kind,
          .severity = severity,
          .from = {},
          .to = {},
          .sentence = std::move(sentence),
          .next_step = {},
          .nodes = {},
          .cells = {}};
}

TEST(ProbeFindings, OneCauseIsOneFindingWithTheFirstWords) {
  ProbeFindings fold;
  for (uint64_t cell = 1; cell <= 25; ++cell) {
    ProbeFinding* kept = fold.add(
        finding(ProbeFindingKind::drift, ProbeSeverity::error, fmt::format("sentence {}", cell)), "cause");
    ASSERT_NE(kept, nullptr);
    ProbeFindings::add_evidence(*kept, cell % 2 == 0 ? "two" : "one", cell);
  }
  fold.add(finding(ProbeFindingKind::parity, ProbeSeverity::error, "same cause, other kind"), "cause");
  std::vector<std::string> notes;
  const std::vector<ProbeFinding> found = fold.finish(notes);
  ASSERT_EQ(found.size(), 2u);
  const ProbeFinding& drift = found[1];
  EXPECT_EQ(drift.sentence, "sentence 1");
  EXPECT_EQ(drift.cell_count, 25u);
  EXPECT_EQ(drift.cells.size(), ProbeFindings::most_cells);
  EXPECT_EQ(drift.nodes, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(notes.empty());
}

TEST(ProbeFindings, ErrorsComeFirst) {
  ProbeFindings fold;
  fold.add(finding(ProbeFindingKind::misdirected, ProbeSeverity::info, "1"), "a");
  fold.add(finding(ProbeFindingKind::parity, ProbeSeverity::warning, "2"), "b");
  fold.add(finding(ProbeFindingKind::drift, ProbeSeverity::error, "3"), "c");
  fold.add(finding(ProbeFindingKind::misdirected, ProbeSeverity::error, "4"), "d");
  std::vector<std::string> notes;
  std::string order;
  for (const ProbeFinding& one : fold.finish(notes)) order += one.sentence;
  EXPECT_EQ(order, "4321");
}

TEST(ProbeFindings, WhatIsTooMuchIsCounted) {
  ProbeFindings fold;
  for (size_t i = 0; i < ProbeFindings::most_of_a_kind + 5; ++i)
    fold.add(finding(ProbeFindingKind::false_421, ProbeSeverity::error, "x"), std::to_string(i));
  // A known cause still counts.
  EXPECT_NE(fold.add(finding(ProbeFindingKind::false_421, ProbeSeverity::error, "x"), "7"), nullptr);
  std::vector<std::string> notes;
  EXPECT_EQ(fold.finish(notes).size(), ProbeFindings::most_of_a_kind);
  EXPECT_EQ(notes, std::vector<std::string>{
                       "5 more cells of the kind false-421 are counted but not told one by one"});
}

}  // namespace
}  // namespace astray
