#include "watch/outlets/nats/region_board.h"

#include <gtest/gtest.h>

namespace astray::watch {
namespace {

RegionReport report_of(const std::string& region, int64_t began, CellVerdict verdict) {
  RegionReport report{region, "w", {began}, {}};
  CellRecord cell;
  cell.key.node = "192.0.2.1:443";
  cell.key.sni = cell.key.authority = "a.example";
  cell.answer.verdict = verdict;
  report.answers.push_back(cell);
  return report;
}

RoundRecord heard(RegionBoard& board, int64_t began) {
  RoundRecord round;
  round.began = {began};
  board.add_to(round);
  return round;
}

TEST(RegionBoard, ANodeIsAnotherOneFromEachRegion) {
  RegionBoard board;
  board.take(report_of("eu", 100, CellVerdict::own));
  board.take(report_of("us", 100, CellVerdict::failed));
  const RoundRecord round = heard(board, 110);
  ASSERT_EQ(round.answers.size(), 2u);
  EXPECT_EQ(round.answers[0].key.node, "eu 192.0.2.1:443");
  EXPECT_EQ(round.answers[0].answer.verdict, CellVerdict::own);
  ASSERT_EQ(round.nodes.size(), 2u);
  EXPECT_EQ(round.nodes[0].names, std::vector<std::string>{"a.example"});
  EXPECT_TRUE(round.nodes[0].answered);
  EXPECT_FALSE(round.nodes[1].answered);
  EXPECT_EQ(round.nodes[1].failed, 1u);
}

TEST(RegionBoard, EachAnswerIsJudgedOnceAndItsNodeStaysKnown) {
  RegionBoard board;
  board.take(report_of("eu", 100, CellVerdict::misdirected));
  EXPECT_EQ(heard(board, 110).answers.size(), 1u);
  board.take(report_of("eu", 100, CellVerdict::misdirected));  // twice
  board.take(report_of("eu", 99, CellVerdict::own));           // late
  const RoundRecord quiet = heard(board, 170);
  EXPECT_TRUE(quiet.answers.empty());
  ASSERT_EQ(quiet.nodes.size(), 1u);
  EXPECT_EQ(quiet.nodes[0].cells, 0u);
  board.take(report_of("eu", 160, CellVerdict::own));
  ASSERT_EQ(heard(board, 230).answers.size(), 1u);
}

TEST(RegionBoard, NamesAreThoseOfOwnAnswersAlone) {
  RegionBoard board;
  RegionReport report = report_of("eu", 100, CellVerdict::own);
  for (const auto& [sni, authority] : {std::pair("b.example", "a.example"), std::pair("a.example", "A.EXAMPLE:443"),
                                       std::pair("unknown.invalid", "unknown.invalid")}) {
    report.answers.push_back(report.answers.front());
    report.answers.back().key.sni = sni;
    report.answers.back().key.authority = authority;
  }
  board.take(report);
  const RoundRecord round = heard(board, 110);
  EXPECT_EQ(round.answers.size(), 4u);
  ASSERT_EQ(round.nodes.size(), 1u);
  EXPECT_EQ(round.nodes[0].names, std::vector<std::string>{"a.example"});
  EXPECT_EQ(board.size(), 2u) << "pairs take turns, and would fill it in time";
  EXPECT_EQ(heard(board, 170).nodes.size(), 1u);
}

TEST(RegionBoard, WhatIsOldSaysNothingOfThePresent) {
  RegionBoard board;
  board.take(report_of("eu", 100, CellVerdict::misdirected));
  EXPECT_TRUE(heard(board, 101 + RegionBoard::present_lasts_seconds).answers.empty());
}

TEST(RegionBoard, SaysWhatFoundNoRoomUntilThereIsRoomAgain) {
  RegionBoard board;
  RegionReport report = report_of("eu", 100, CellVerdict::own);
  report.answers.front().key.sni = "other.example";
  for (size_t i = 0; i < RegionBoard::most_answers + 3; ++i) {
    report.answers.front().key.authority = std::to_string(i) + ".example";
    board.take(report);
  }
  EXPECT_EQ(heard(board, 110).answers.size(), RegionBoard::most_answers);
  EXPECT_EQ(board.left_out(), 3u);
  board.take(report);
  EXPECT_EQ(heard(board, 170).answers.size(), 1u);
  EXPECT_EQ(board.left_out(), 0u);
}

TEST(RegionBoard, ForgetsARegionThatSaysNothing) {
  RegionBoard board;
  board.take(report_of("eu", 100, CellVerdict::own));
  EXPECT_EQ(heard(board, 100 + RegionBoard::silence_lasts_seconds).nodes.size(), 1u);
  EXPECT_TRUE(heard(board, 101 + RegionBoard::silence_lasts_seconds).nodes.empty());
  EXPECT_EQ(board.size(), 0u);
}

}  // namespace
}  // namespace astray::watch
