#include "watch/page/board.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace astray::watch {
namespace {

CellKey asked(std::string node, std::string sni, std::string authority, ConnectionUse use) {
  return {.node = std::move(node), .sni = std::move(sni), .authority = std::move(authority), .use = use};
}
CellKey own_of(std::string node, const std::string& name) {
  return asked(std::move(node), name, name, ConnectionUse::fresh);
}
CellAnswer answer_with(CellVerdict verdict, std::string certificate = "c1") {
  CellAnswer answer;
  answer.verdict = verdict;
  answer.status = 200;
  answer.protocol = "h2";
  answer.certificate = std::move(certificate);
  return answer;
}

TEST(WatchBoard, ACellIsTheWorstOfItsNodesAndLanes) {
  Board board;
  board.note(asked("n1", "a", "b", ConnectionUse::reused), answer_with(CellVerdict::rejected_421));
  board.note(asked("n2", "a", "b", ConnectionUse::reused), answer_with(CellVerdict::misdirected));
  board.note(asked("n1", "a", "b", ConnectionUse::fresh), answer_with(CellVerdict::own));
  EXPECT_EQ(board.cell("a", "b", std::nullopt, std::nullopt).verdict, CellVerdict::misdirected);
  EXPECT_EQ(board.cell("a", "b", 0, std::nullopt).verdict, CellVerdict::rejected_421);
  EXPECT_EQ(board.cell("a", "b", 0, 1).verdict, CellVerdict::own);
  EXPECT_EQ(board.cell("a", "b", 1, 1).verdict, std::nullopt) << "never asked";
  EXPECT_EQ(board.cell("b", "a", std::nullopt, std::nullopt).verdict, std::nullopt);
  EXPECT_EQ(board.cell("a", "stranger", std::nullopt, std::nullopt).verdict, std::nullopt);
  board.note(asked("n2", "a", "b", ConnectionUse::reused), answer_with(CellVerdict::own));
  EXPECT_EQ(board.cell("a", "b", std::nullopt, std::nullopt).verdict, CellVerdict::rejected_421)
      << "the last answer counts";
}

TEST(WatchBoard, NodesKeepTheOrderThatTheyAreWatchedIn) {
  Board board({"n2", "n10"});
  board.note(own_of("n10", "a"), answer_with(CellVerdict::own));
  board.note(own_of("n1", "a"), answer_with(CellVerdict::failed));
  EXPECT_EQ(board.nodes(), (std::vector<std::string>{"n2", "n10", "n1"}));
  EXPECT_EQ(board.cell("a", "a", 0, std::nullopt).verdict, std::nullopt);
  EXPECT_EQ(board.cell("a", "a", 1, std::nullopt).verdict, CellVerdict::own);
}

TEST(WatchBoard, SaysWhatDiffersFromItsPrediction) {
  Board board;
  CellAnswer differing = answer_with(CellVerdict::own);
  differing.agreement = Agreement::differs;
  board.note(own_of("n1", "a"), differing);
  board.note(own_of("n1", "b"), answer_with(CellVerdict::own));
  EXPECT_TRUE(board.cell("a", "a", std::nullopt, std::nullopt).differs);
  EXPECT_FALSE(board.cell("b", "b", std::nullopt, std::nullopt).differs);
}

// More nodes and lanes than there is room for at first: what was noted before keeps its place.
TEST(WatchBoard, Grows) {
  Board board;
  const auto verdict_of = [](size_t node, size_t name) {
    return static_cast<CellVerdict>((node * 7 + name) % 14);
  };
  for (size_t node = 0; node < 13; ++node)
    for (size_t name = 0; name < 9; ++name)
      for (const uint32_t certificate : {0U, 1U, 2U}) {
        CellKey key =
            asked(fmt::format("n{}", node), "from", fmt::format("to{}", name), ConnectionUse::reused);
        key.client_certificate = certificate;
        board.note(key, answer_with(certificate == 1 ? verdict_of(node, name) : CellVerdict::own));
      }
  ASSERT_EQ(board.nodes().size(), 13u);
  ASSERT_EQ(board.lanes().size(), 3u);
  for (size_t node = 0; node < 13; ++node)
    for (size_t name = 0; name < 9; ++name) {
      EXPECT_EQ(board.cell("from", fmt::format("to{}", name), node, 1).verdict, verdict_of(node, name));
      EXPECT_EQ(board.cell("from", fmt::format("to{}", name), node, 2).verdict, CellVerdict::own);
    }
}

TEST(WatchBoard, HasBounds) {
  Board board({}, {.names = 3, .nodes = 2, .lanes = 1, .cell_bytes = 2 * 4 * 2});  // room for two pairs
  board.note(own_of("n1", "a"), answer_with(CellVerdict::own));
  board.note(own_of("n1", "b"), answer_with(CellVerdict::own));
  EXPECT_EQ(board.left_out(), 0u);
  board.note(own_of("n1", "c"), answer_with(CellVerdict::misdirected));
  EXPECT_EQ(board.left_out(), 1u) << "a third pair";
  board.note(own_of("n3", "d"), answer_with(CellVerdict::misdirected));
  board.note(asked("n1", "a", "a", ConnectionUse::reused), answer_with(CellVerdict::misdirected));
  EXPECT_EQ(board.left_out(), 3u) << "a fourth name, a second lane";
  EXPECT_EQ(board.cell("a", "a", std::nullopt, std::nullopt).verdict, CellVerdict::own);
}

TEST(WatchBoard, PairsLeaveRoomForNamesOwnAnswers) {
  Board board({}, {.pairs = 2});
  for (const char* to : {"b", "c", "d"})
    board.note(asked("n1", "a", to, ConnectionUse::reused), answer_with(CellVerdict::own));
  EXPECT_EQ(board.left_out(), 1u);
  board.note(own_of("n1", "d"), answer_with(CellVerdict::own));
  EXPECT_EQ(board.left_out(), 1u);
  EXPECT_EQ(board.cell("d", "d", std::nullopt, std::nullopt).verdict, CellVerdict::own);
}

TEST(WatchBoard, NamesAreInTheOrderOfTheirLettersAndInPages) {
  Board board;
  for (const char* name : {"c.test", "a.test", "B.test", "b.other"})
    board.note(own_of("n1", name), answer_with(CellVerdict::own));
  using Names = std::vector<std::string>;
  EXPECT_EQ(board.names({}), (Names{"B.test", "a.test", "b.other", "c.test"}));
  EXPECT_EQ(board.names({.offset = 1, .most = 2}), (Names{"a.test", "b.other"}));
  EXPECT_EQ(board.names({.offset = 9}), Names{});
  EXPECT_EQ(board.names({.filter = "b."}), (Names{"B.test", "b.other"}));
  EXPECT_EQ(board.names({.filter = "TEST", .offset = 1}), (Names{"a.test", "c.test"}));
  EXPECT_EQ(board.count({.filter = "TEST"}), 3u);
  EXPECT_EQ(board.count({}), 4u);
}

std::string groups_of(const Board& board, std::string_view name) {
  std::string digits;
  for (const ParityCell& cell : board.parity(name))
    digits += cell.cell.verdict ? static_cast<char>('0' + cell.group) : '.';
  return digits;
}

TEST(WatchBoard, NodesAreComparedWithMostOfTheirPeers) {
  Board board;
  for (const char* node : {"n1", "n2", "n3", "n4", "n5"})
    board.note(own_of(node, "a"),
               answer_with(CellVerdict::own, node == std::string_view("n2") ? "old" : "new"));
  EXPECT_EQ(groups_of(board, "a"), "01000") << "another certificate";
  CellAnswer without_h2 = answer_with(CellVerdict::own, "new");
  without_h2.protocol = "http/1.1";
  board.note(own_of("n5", "a"), without_h2);
  EXPECT_EQ(groups_of(board, "a").front(), '0');
  EXPECT_NE(groups_of(board, "a")[4], groups_of(board, "a")[1]) << "two ways of being different";
  board.note(own_of("n6", "b"), answer_with(CellVerdict::own));
  EXPECT_EQ(groups_of(board, "b"), ".....0");
  EXPECT_EQ(groups_of(board, "a").back(), '.');
  EXPECT_EQ(groups_of(board, "stranger"), "......");
}

TEST(WatchBoard, WatchedNamesAreThoseWithAnAnswerOfTheirOwn) {
  Board board;
  board.note(own_of("n1", "a.test"), answer_with(CellVerdict::own));
  board.note(own_of("n1", "unknown.invalid"), answer_with(CellVerdict::default_answer));
  board.note(asked("n1", "a.test", "a.test:443", ConnectionUse::fresh), answer_with(CellVerdict::own));
  const NamePage watched{.which = NamePage::Which::watched};
  EXPECT_EQ(board.names(watched), std::vector<std::string>{"a.test"});
  EXPECT_EQ(board.count(watched), 1u);
  EXPECT_EQ(board.count({}), 3u) << "the matrix has them all";
  const auto shared = board.shared_certificates(1);
  ASSERT_EQ(shared.size(), 1u);
  EXPECT_EQ(shared[0].names, std::vector<std::string>{"a.test"});
}

TEST(WatchBoard, AQuestionThatOneNodeWasNotAskedYetMakesNoDifference) {
  Board board;
  for (const char* node : {"n1", "n2"}) board.note(own_of(node, "a"), answer_with(CellVerdict::own));
  CellKey other_lane = own_of("n1", "a");
  other_lane.alpn = AlpnOffer::h1;
  board.note(other_lane, answer_with(CellVerdict::own));
  EXPECT_EQ(groups_of(board, "a"), "00");
}

TEST(WatchBoard, NamesShareACertificateWhereTheyShareNodes) {
  Board board;
  for (const char* node : {"n1", "n2"})
    for (const char* name : {"a", "b"}) board.note(own_of(node, name), answer_with(CellVerdict::own, "wild"));
  board.note(own_of("n3", "c"), answer_with(CellVerdict::own, "wild"));  // the same certificate, elsewhere
  CellAnswer uncovered = answer_with(CellVerdict::default_answer, "wild");
  uncovered.certificate_covers = false;
  board.note(own_of("n2", "d"), uncovered);
  board.note(own_of("n2", "e"), answer_with(CellVerdict::own, "alone"));
  board.note(own_of("n2", "f"), answer_with(CellVerdict::failed, ""));
  const auto shared = board.shared_certificates(2);
  ASSERT_EQ(shared.size(), 1u);
  using Texts = std::vector<std::string>;
  EXPECT_EQ(shared[0].fingerprint, "wild");
  EXPECT_EQ(shared[0].nodes, (Texts{"n1", "n2"}));
  EXPECT_EQ(shared[0].names, (Texts{"a", "b"}));
  EXPECT_EQ(shared[0].uncovered, Texts{"d"});
  EXPECT_EQ(board.shared_certificates(1).size(), 3u);
  board.note(own_of("n1", "c"), answer_with(CellVerdict::own, "wild"));
  ASSERT_EQ(board.shared_certificates(2).size(), 1u);
  EXPECT_EQ(board.shared_certificates(2)[0].nodes, (Texts{"n1", "n2", "n3"})) << "one bridge joins them";
}

TEST(WatchBoard, SharingIsRiskyWhereTheAnswerIsNotTheNamesOwn) {
  Board board;
  for (const char* name : {"a", "b", "c", "d", "e"})
    board.note(own_of("n1", name), answer_with(CellVerdict::own, "wild"));
  board.note(asked("n1", "a", "b", ConnectionUse::reused), answer_with(CellVerdict::misdirected));
  board.note(asked("n1", "a", "c", ConnectionUse::reused), answer_with(CellVerdict::rejected_421));
  board.note(asked("n1", "a", "d", ConnectionUse::reused), answer_with(CellVerdict::rejected_404));
  CellAnswer uncovered = answer_with(CellVerdict::misdirected);
  uncovered.certificate_covers = false;
  board.note(asked("n1", "a", "e", ConnectionUse::reused), uncovered);
  board.note(asked("n1", "b", "c", ConnectionUse::fresh), answer_with(CellVerdict::misdirected));
  board.note(asked("n1", "b", "elsewhere", ConnectionUse::reused), answer_with(CellVerdict::misdirected));
  const auto risky = board.risky_pairs(10);
  ASSERT_EQ(risky.size(), 2u) << "no client would do the others";
  EXPECT_EQ(risky[0].to, "b");
  EXPECT_EQ(risky[0].worst, CellVerdict::misdirected);
  EXPECT_EQ(risky[1].to, "d");
  ASSERT_EQ(board.risky_pairs(1).size(), 1u);
  EXPECT_EQ(board.risky_pairs(1)[0].to, "b") << "the worst are kept";
}

}  // namespace
}  // namespace astray::watch
