// What the verdict says of two names is shown as it is; nothing is said where a fact is missing.
#include "watch/page/ladder.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace astray::watch {
namespace {

constexpr const char* first_node = "192.0.2.1:443";
constexpr const char* other_node = "192.0.2.2:443";

Span own_answer(std::string name, std::string of_node) {
  Span span;
  span.key.node = std::move(of_node);
  span.key.sni = span.key.authority = std::move(name);
  span.answer.status = 200;
  span.answer.protocol = "h2";
  span.answer.certificate = "c1";
  return span;
}

/// Two names of one certificate on one node: the plain case in which every client that coalesces does.
struct PairFacts {
  std::vector<Span> from = {own_answer("a.example", first_node)}, to = {own_answer("b.example", first_node)};
  std::vector<CertificateRecord> certificates = {
      {"c1", {"a.example", "*.b.example", "b.example"}, "", "", {}, {}}};
  Ladders climb() const {
    return watch::climb({"a.example", "b.example", first_node, from, to, certificates});
  }
  ClientLadder of(std::string_view client) const {
    const Ladders ladders = climb();
    EXPECT_EQ(ladders.missing, "");
    const auto found = std::ranges::find_if(
        ladders.clients, [&](const ClientLadder& each) { return each.client->id == client; });
    EXPECT_NE(found, ladders.clients.end()) << client;
    return found == ladders.clients.end() ? ClientLadder() : *found;
  }
};

RungOutcome outcome_of(const ClientLadder& ladder, std::string_view rung) {
  const auto found = std::ranges::find(ladder.steps, rung, &RungStep::id);
  EXPECT_NE(found, ladder.steps.end()) << rung;
  return found == ladder.steps.end() ? RungOutcome::unknown : found->outcome;
}

TEST(Ladder, TwoNamesOfOneCertificateOnOneNodeShareAConnection) {
  const PairFacts facts;
  for (const char* client : {"chromium-h2", "firefox-h2", "okhttp", "strict"}) {
    const ClientLadder ladder = facts.of(client);
    EXPECT_EQ(ladder.verdict.answer, ReuseAnswer::reuse) << client;
    EXPECT_EQ(outcome_of(ladder, "certificate-covers"), RungOutcome::pass) << client;
  }
}

TEST(Ladder, TheRungThatRefusesIsTheLastOne) {
  PairFacts facts;
  facts.certificates[0].names = {"a.example"};
  const ClientLadder uncovered = facts.of("chromium-h2");
  EXPECT_EQ(uncovered.verdict.answer, ReuseAnswer::open_new);
  EXPECT_EQ(uncovered.verdict.reason, Reason::certificate_gap);
  EXPECT_EQ(uncovered.steps.back().id, uncovered.verdict.rung->id);
  EXPECT_EQ(uncovered.steps.back().outcome, RungOutcome::refuse);

  PairFacts apart;
  apart.to = {own_answer("b.example", other_node)};
  EXPECT_EQ(apart.of("chromium-h2").verdict.reason, Reason::address_differs);

  PairFacts in_turns;
  in_turns.from[0].answer.protocol = "http/1.1";
  EXPECT_EQ(in_turns.of("chromium-h2").verdict.reason, Reason::not_multiplexed);
}

TEST(Ladder, ANameWhoseAddressNobodyKnowsIsNotTold) {
  PairFacts facts;
  facts.to.clear();
  const ClientLadder ladder = facts.of("chromium-h2");
  EXPECT_EQ(ladder.verdict.answer, ReuseAnswer::could_not_tell);
  EXPECT_EQ(ladder.verdict.reason, Reason::dns_unanswered);
  EXPECT_TRUE(std::ranges::any_of(ladder.steps,
                                  [](const RungStep& step) { return step.outcome == RungOutcome::unknown; }));
}

TEST(Ladder, WithoutTheConnectionOrItsCertificateNothingIsClimbed) {
  PairFacts forgotten;
  forgotten.certificates.clear();
  EXPECT_EQ(forgotten.climb().missing,
            "the names of the certificate that a.example is shown on 192.0.2.1:443 are not kept");
  EXPECT_TRUE(forgotten.climb().clients.empty());
  PairFacts silent;
  silent.from = {own_answer("a.example", other_node)};
  EXPECT_EQ(silent.climb().missing,
            "no connection of a.example to 192.0.2.1:443 is known that a client could go on using");
}

TEST(Ladder, TheConnectionThatSpeaksHttp2Carries) {
  PairFacts facts;
  facts.from.insert(facts.from.begin(), facts.from[0]);
  facts.from[0].key.alpn = AlpnOffer::h1;
  facts.from[0].answer.protocol = "http/1.1";
  EXPECT_EQ(facts.of("chromium-h2").verdict.answer, ReuseAnswer::reuse);
}

TEST(Ladder, ClientsThatNeverCoalesceAreLeftOutAndAllOthersThere) {
  const Ladders ladders = PairFacts().climb();
  size_t coalescing = 0;
  for (const ClientProfile* client : all_client_profiles())
    coalescing += client->coalescing != Coalescing::never ? 1 : 0;
  EXPECT_EQ(ladders.clients.size(), coalescing);
  EXPECT_TRUE(std::ranges::none_of(ladders.clients,
                                   [](const ClientLadder& each) { return each.client->id == "curl"; }));
}

}  // namespace
}  // namespace astray::watch
