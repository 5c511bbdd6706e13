// Networks and servers that fail anywhere, by seed: every fetch ends in time with an answer or a reason, and
// no request is sent twice but by the two rules (421, and what a server said that it had not looked at).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "io/sleep.h"
#include "simulation/fetch_world.h"

namespace astray::simulation {
namespace {

using namespace std::chrono_literals;

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed * 2654435761u + 1) {}
  size_t below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
  bool one_in(size_t bound) { return below(bound) == 0; }

 private:
  std::mt19937_64 random_;
};

fake::LinkDirection direction(Dice& dice) {
  fake::LinkDirection made;
  made.delivery =
      std::array{fake::Delivery::whole, fake::Delivery::random_size, fake::Delivery::one_byte}[dice.below(3)];
  if (dice.one_in(4)) made.reset_after = dice.below(20'000);
  if (dice.one_in(6)) made.silent_after = dice.below(20'000);
  return made;
}

Answered speak(Dice& dice, const Asked& asked) {
  Answered answered{.status = 200, .body = asked.host + asked.target + std::string(dice.below(30'000), '.')};
  if (dice.one_in(4)) answered.status = 421;
  if (dice.one_in(12)) answered.speech = Speech::never;
  if (dice.one_in(12)) answered.speech = Speech::half;
  if (dice.one_in(12) && asked.protocol == Protocol::h2)
    answered.speech = dice.one_in(2) ? Speech::refused : Speech::reset;
  return answered;
}

class FaultsBySeed : public ::testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, FaultsBySeed, testing::Range<uint64_t>(1, 61));

TEST_P(FaultsBySeed, EveryFetchEndsAndNothingIsSentTwice) {
  Dice dice(GetParam());
  FetchWorld world(GetParam());
  const std::vector<std::string> names{"a.example", "b.example", "c.example"};
  std::map<std::string, int> seen;  // by the number in the target
  size_t refused = 0;
  const auto answer = [&](const Asked& asked) {
    ++seen[asked.host + asked.target];
    Answered spoken = speak(dice, asked);
    if (spoken.speech == Speech::refused) ++refused;
    return std::optional(std::move(spoken));
  };
  for (const std::string_view where : {"192.0.2.1:443", "192.0.2.2:443"}) {
    world.network().set_link(Endpoint::parse(where).value(),
                             {.latency = std::chrono::microseconds(1 + dice.below(20'000)),
                              .to_server = direction(dice),
                              .to_client = direction(dice)});
    OriginOptions options;
    options.answer = answer;
    options.requests_per_connection = dice.one_in(3) ? 1 + dice.below(5) : SIZE_MAX;
    options.farewell = dice.one_in(2) ? Farewell::announced : Farewell::unannounced;
    if (dice.one_in(3)) options.origin_frame = {"https://b.example"};
    for (const std::string& name : names)
      options.sites.push_back({.name = name, .body = "", .certificate_names = names});
    world.add_origin(where, std::move(options));
  }
  for (const std::string& name : names) {
    world.name(name, dice.one_in(2) ? std::vector<std::string_view>{"192.0.2.1"}
                                    : std::vector<std::string_view>{"192.0.2.1", "192.0.2.2"});
  }
  world.settings().coalescing =
      std::array{client::CoalescePolicy::strict, client::CoalescePolicy::rfc9113,
                 client::CoalescePolicy::origin_frame, client::CoalescePolicy::off}[dice.below(4)];

  std::vector<client::Request> requests;
  for (size_t i = 0; i < 24; ++i) {
    client::Request made = world.request(fmt::format("https://{}/{}", names[dice.below(3)], i));
    if (dice.one_in(3)) made.versions = client::HttpVersions::h1_only;
    if (dice.one_in(3)) {
      made.method = "POST";
      made.body = std::string(dice.below(50'000), 'p');
    }
    made.timeouts.head = 20s;
    made.timeouts.idle = 20s;
    if (dice.one_in(4)) made.timeouts.total = std::chrono::milliseconds(1 + dice.below(5'000));
    requests.push_back(std::move(made));
  }
  std::vector<std::string> keys;
  for (const client::Request& made : requests)
    keys.push_back(made.url.authority.host.text() + made.url.target);
  const MonotonicTime began = world.loop().now();
  const std::vector<Fetched> fetched = world.fetch_all(std::move(requests));
  EXPECT_LT(world.loop().now() - began, 10min) << world.story().text();
  for (size_t i = 0; i < fetched.size(); ++i) {
    const client::FetchReport& report = fetched[i].report;
    EXPECT_TRUE(report.failure || report.status != 0) << keys[i];
    if (report.failure) {
      EXPECT_FALSE(report.failure->sentence.empty()) << keys[i];
    }
    // A request that ended well was answered for its own name and target.
    if (!report.failure && report.status == 200) {
      EXPECT_TRUE(fetched[i].kept->body.starts_with(keys[i])) << keys[i];
    }
    EXPECT_LE(fetched[i].kept->heads, 1);
    EXPECT_LE(static_cast<uint32_t>(seen[keys[i]]), 1 + report.retries) << keys[i] << "\n"
                                                                        << world.story().text();
    if (report.misdirected) {
      EXPECT_LE(report.misdirected->answers, 2u);
    }
  }
  world.wait(10min);
  EXPECT_EQ(world.client().connections(), 0u) << world.story().text();
}

class CancelBySeed : public ::testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, CancelBySeed, testing::Range<uint64_t>(1, 41));

TEST_P(CancelBySeed, AnyFetchCanBeGivenUpAtAnyTime) {
  Dice dice(GetParam());
  FetchWorld world(GetParam());
  const std::vector<std::string> names{"a.example", "b.example"};
  OriginOptions options;
  options.answer = [&](const Asked& asked) { return std::optional(speak(dice, asked)); };
  for (const std::string& name : names)
    options.sites.push_back({.name = name, .body = "", .certificate_names = names});
  world.add_origin("192.0.2.1:443", std::move(options));
  for (const std::string& name : names) world.name(name, {"192.0.2.1"});
  for (int round = 0; round < 40; ++round) {
    std::vector<Fetched> fetched(6);
    std::vector<SpawnedTask> tasks;
    for (Fetched& each : fetched) {
      client::Request made = world.request(fmt::format("https://{}/", names[dice.below(2)]));
      if (dice.one_in(3)) made.versions = client::HttpVersions::h1_only;
      if (dice.one_in(2)) made.body = std::string(20'000, 'p');
      tasks.push_back(world.loop().spawn(world.fetch_into(std::move(made), each)));
    }
    while (!tasks.empty()) {
      world.wait(std::chrono::microseconds(1 + dice.below(900)));
      tasks.erase(tasks.begin() + static_cast<ptrdiff_t>(dice.below(tasks.size())));
    }
  }
  world.wait(10min);
  EXPECT_EQ(world.client().connections(), 0u);
}

}  // namespace
}  // namespace astray::simulation
