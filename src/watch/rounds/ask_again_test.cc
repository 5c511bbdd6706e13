#include "watch/rounds/ask_again.h"

#include <gtest/gtest.h>

#include "probe/fake_world_test.h"
#include "watch/rounds/cell_recorder.h"

namespace astray::watch {
namespace {

using astray::test::https_node;

const std::vector<ProbeNode> asked_nodes = {https_node("192.0.2.1:443", {"a.example", "b.example", "c.example"}),
                                            https_node("192.0.2.2:8443", {"b.example", "a.example"})};

/// Every question of a plan whose key is told apart comes back from its key as it was.
TEST(AskAgain, AKeyStandsForItsQuestion) {
  Axes axes;
  axes.preset = AxesPreset::full;
  axes.client_certificates = {std::nullopt, ClientCertificateIndex(0)};
  const Plan plan(asked_nodes, axes);
  Plan::Cursor cursor(plan);
  size_t compared = 0;
  while (const auto question = cursor.next()) {
    for (const RequestQuestion& request : question->requests) {
      const std::optional<CellKey> key = key_of(*question, request);
      if (!key) continue;
      const std::optional<ConnectionQuestion> again = question_of(*key, asked_nodes);
      ASSERT_TRUE(again);
      EXPECT_EQ(again->node, question->node);
      EXPECT_EQ(again->sni, question->sni);
      EXPECT_EQ(again->sni_spelling, question->sni_spelling);
      EXPECT_EQ(again->sni_name, question->sni_name);
      EXPECT_EQ(again->alpn, question->alpn);
      EXPECT_EQ(again->use, question->use);
      EXPECT_EQ(again->client_certificate, question->client_certificate);
      ASSERT_EQ(again->requests.size(), 1U);
      EXPECT_EQ(again->requests[0].host, request.host);
      EXPECT_EQ(again->requests[0].spelling, request.spelling);
      EXPECT_EQ(again->requests[0].name, request.name);
      EXPECT_EQ(key_of(*again, again->requests[0]), key);
      ++compared;
    }
  }
  EXPECT_GT(compared, 500U);
}

TEST(AskAgain, NothingForANodeThatIsGone) {
  EXPECT_FALSE(question_of({.node = "192.0.2.9:443", .sni = "a.example", .authority = "a.example"}, asked_nodes));
}

TEST(AskAgain, AsksTheNamesOnAllTheirNodesAndThePairsOnce) {
  const std::vector<CellKey> keys = {
      {.node = "192.0.2.1:443", .sni = "a.example", .authority = "c.example", .use = ConnectionUse::reused},
      {.node = "192.0.2.1:443", .sni = "a.example", .authority = "a.example"},
  };
  const AgainPlan again = again_plan(keys, {}, asked_nodes, {});
  ASSERT_EQ(again.nodes.size(), 2U);
  EXPECT_EQ(again.nodes[0].names, (std::vector<std::string>{"a.example", "c.example"}));
  EXPECT_EQ(again.nodes[1].names, std::vector<std::string>{"a.example"});
  // The second key is a name's own answer, which every plan asks for.
  ASSERT_EQ(again.questions.size(), 1U);
  EXPECT_EQ(again.questions[0].use, ConnectionUse::reused);

  const Plan plan(again.nodes, again.axes, again.questions);
  Plan::Cursor cursor(plan);
  size_t pairs = 0;
  while (const auto question = cursor.next()) {
    for (const RequestQuestion& request : question->requests) {
      const bool both_known = !question->sni_name.empty() && !request.name.empty();
      pairs += both_known && question->sni_name != request.name ? 1 : 0;
    }
  }
  EXPECT_EQ(pairs, 1U);
}

TEST(AskAgain, FurtherNamesAreAskedForTheirOwnAnswers) {
  const std::vector<CellKey> keys = {{.node = "192.0.2.2:8443", .sni = "a.example", .authority = "a.example"}};
  const AgainPlan again = again_plan(keys, {"b.example"}, asked_nodes, {});
  EXPECT_EQ(again.nodes[1].names, (std::vector<std::string>{"b.example", "a.example"}));
}

TEST(AskAgain, BehindAPortMappingTheSpellingWithAPortIsKnownByThePortThatClientsName) {
  ProbeNode mapped = https_node("127.0.0.1:8443", {"a.example"});
  mapped.name_ports = {Port(443)};
  const CellKey key{.node = "127.0.0.1:8443", .sni = "a.example", .authority = "a.example:443"};
  const AgainPlan again = again_plan({{key}}, {}, {mapped}, {});
  ASSERT_EQ(again.questions.size(), 1U);
  EXPECT_EQ(again.questions[0].requests.at(0).host, "a.example:443");
  EXPECT_EQ(again.questions[0].requests.at(0).spelling, Spelling::with_port);
}

}  // namespace
}  // namespace astray::watch
