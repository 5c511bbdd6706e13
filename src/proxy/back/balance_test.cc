#include "proxy/back/balance.h"

#include <gtest/gtest.h>

#include <map>

#include "proxy/back/back_key.h"

namespace astray::proxy {
namespace {

using gateway::BalancingMethod;

std::vector<Candidate> ready_ones(size_t count) {
  std::vector<Candidate> all;
  for (size_t i = 0; i < count; ++i) all.push_back({.identity = mixed(1000 + i)});
  return all;
}

constexpr BalancingMethod balancing_methods[] = {
    BalancingMethod::round_robin, BalancingMethod::least_requests, BalancingMethod::two_choices,
    BalancingMethod::consistent_hash};

TEST(Balance, PassesOverWhatIsNotReady) {
  using enum Availability;
  struct Case {
    std::vector<Availability> availability;
    std::vector<size_t> may_be_chosen;
  };
  const Case cases[] = {
      {{}, {}},
      {{ready}, {0}},
      {{failed, ready, resting}, {1}},
      {{full, ready, full}, {1}},
      {{full, resting, full}, {0, 2}},
      {{failed, failed}, {}},
      {{tried, failed}, {}},
      {{tried, ready, ready}, {1, 2}},
      {{tried, tried}, {}},
  };
  for (const BalancingMethod method : balancing_methods) {
    for (const Case& c : cases) {
      std::vector<Candidate> candidates = ready_ones(c.availability.size());
      for (size_t i = 0; i < candidates.size(); ++i) candidates[i].availability = c.availability[i];
      Balance balance(method, 5);
      for (uint64_t hash = 0; hash < 20; ++hash) {
        const auto chosen = balance.choose(candidates, hash);
        ASSERT_EQ(chosen.has_value(), !c.may_be_chosen.empty());
        if (!chosen) continue;
        EXPECT_NE(std::find(c.may_be_chosen.begin(), c.may_be_chosen.end(), *chosen), c.may_be_chosen.end());
      }
    }
  }
}

TEST(Balance, OfThoseThatRestTheOneThatRestedLongest) {
  using enum Availability;
  const auto time = [](int seconds) { return MonotonicTime(std::chrono::seconds(seconds)); };
  const std::vector<Candidate> candidates = {{resting, 0, 1, time(30)},
                                             {failed, 0, 2, time(1)},
                                             {resting, 0, 3, time(10)},
                                             {resting, 0, 4, time(20)}};
  for (const BalancingMethod method : balancing_methods)
    EXPECT_EQ(Balance(method, 1).choose(candidates, 9), 2U);
}

TEST(Balance, RoundRobinTakesTurnsAlsoWhenSomeAreLeftOut) {
  std::vector<Candidate> candidates = ready_ones(4);
  candidates[2].availability = Availability::failed;
  Balance balance(BalancingMethod::round_robin, 11);
  std::map<size_t, int> count;
  for (int i = 0; i < 300; ++i) ++count[*balance.choose(candidates, 0)];
  EXPECT_EQ(count, (std::map<size_t, int>{{0, 100}, {1, 100}, {3, 100}}));
}

TEST(Balance, LeastRequestsTakesTheLeastAndSharesAmongEquals) {
  std::vector<Candidate> candidates = ready_ones(4);
  candidates[0].active = 3;
  candidates[1].active = 1;
  candidates[2].active = 1;
  candidates[3].active = 2;
  Balance balance(BalancingMethod::least_requests, 3);
  std::map<size_t, int> count;
  for (int i = 0; i < 400; ++i) ++count[*balance.choose(candidates, 0)];
  EXPECT_EQ(count[0] + count[3], 0);
  EXPECT_GE(count[1], 100);
  EXPECT_GE(count[2], 100);
}

TEST(Balance, TwoChoicesNeverTakesTheBusiestAndReachesTheOthers) {
  std::vector<Candidate> candidates = ready_ones(5);
  candidates[1].active = 100;
  Balance balance(BalancingMethod::two_choices, 3);
  std::map<size_t, int> count;
  for (int i = 0; i < 5000; ++i) ++count[*balance.choose(candidates, 0)];
  // It would have to be drawn twice, and the two are different.
  EXPECT_EQ(count[1], 0);
  for (const size_t other : {0, 2, 3, 4}) EXPECT_NEAR(count[other], 1250, 150);
}

TEST(Balance, ConsistentHashMovesNothingButWhatItMust) {
  constexpr uint64_t keys = 20'000;
  const std::vector<Candidate> ten = ready_ones(10);
  std::vector<Candidate> nine = ten;
  nine.erase(nine.begin() + 4);
  std::vector<Candidate> one_failed = ten;
  one_failed[4].availability = Availability::failed;
  Balance balance(BalancingMethod::consistent_hash, 1);
  std::map<size_t, int> count;
  for (uint64_t key = 0; key < keys; ++key) {
    const size_t before = *balance.choose(ten, key);
    ++count[before];
    const size_t after = *balance.choose(nine, key);
    const uint64_t owner = nine[after].identity;
    EXPECT_EQ(owner, ten[*balance.choose(one_failed, key)].identity);
    if (before != 4) {
      EXPECT_EQ(owner, ten[before].identity);
    }
  }
  for (const auto& [index, owned] : count) EXPECT_NEAR(owned, 2000, 250) << index;
}

TEST(Balance, EqualSeedsChooseAlike) {
  const std::vector<Candidate> candidates = ready_ones(7);
  for (const BalancingMethod method : balancing_methods) {
    Balance one(method, 42);
    Balance other(method, 42);
    for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ(one.choose(candidates, i), other.choose(candidates, i));
  }
}

}  // namespace
}  // namespace astray::proxy
