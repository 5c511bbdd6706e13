// Everything that a network can do to a run, drawn from seeds.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "simulation/world.h"

namespace astray::simulation {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
const std::vector<std::string> faulty_names = {"a.example", "b.example"};
const std::vector<std::string> faulty_nodes = {"192.0.2.1:443", "192.0.2.2:443"};
constexpr uint64_t seeds = 208;
constexpr Duration cell_timeout = seconds(3);

using Random = std::mt19937;

uint64_t draw(Random& random, uint64_t most) {
  return std::uniform_int_distribution<uint64_t>(0, most)(random);
}

fake::LinkDirection random_direction(Random& random) {
  fake::LinkDirection direction;
  const fake::Delivery deliveries[] = {fake::Delivery::whole, fake::Delivery::random_size,
                                       fake::Delivery::one_byte};
  direction.delivery = deliveries[draw(random, 30) == 0 ? 2 : draw(random, 1)];
  // Around the sizes of handshakes and answers.
  switch (draw(random, 5)) {
    case 0:
      direction.reset_after = draw(random, 6000);
      break;
    case 1:
      direction.silent_after = draw(random, 6000);
      break;
    case 2:
      direction.bytes_per_second = 2000 + draw(random, 100'000);
      break;
    default:
      break;
  }
  return direction;
}

fake::Link random_link(Random& random) {
  fake::Link link;
  link.latency = microseconds(draw(random, 60'000));
  link.to_server = random_direction(random);
  link.to_client = random_direction(random);
  return link;
}

OriginOptions random_origin(Random& random) {
  OriginOptions options;
  for (const std::string& name : faulty_names)
    options.sites.push_back(
        {name, "<h1>This is " + name + "</h1>" + std::string(draw(random, 3000), '.'), faulty_names});
  if (draw(random, 2) == 0) options.requests_per_connection = 1 + draw(random, 3);
  options.farewell = draw(random, 1) == 0 ? Farewell::announced : Farewell::unannounced;
  if (draw(random, 3) == 0) options.idle = milliseconds(20 + draw(random, 200));
  return options;
}

/// A world with its faults, and the run over it that has not begun.
struct Faults {
  explicit Faults(uint64_t seed) : world(seed), random(static_cast<Random::result_type>(seed * 7919 + 1)) {
    std::vector<ProbeNode> asked;
    const size_t node_count = seed % 4 == 0 ? 2 : 1;
    for (const std::string& at : std::vector(faulty_nodes.begin(), faulty_nodes.begin() + node_count)) {
      world.network().set_link(endpoint(at), random_link(random));
      world.add_origin(at, random_origin(random));
      asked.push_back(node(at, faulty_names));
    }
    Axes axes = axes_of(AxesPreset::polite);
    axes.resume = seed % 2 == 0;
    ProbeOptions options;
    options.contact.timeout = cell_timeout;
    options.connections_per_second = 100;
    probing = world.probe(asked, axes, options);
  }
  World world;
  Random random;
  Task<ProbeSummary> probing;
};

/// A cell is answered, or says what went wrong and where.
void check(const SeenCell& cell) {
  if (cell.seen.failure == ProbeFailure::none) {
    EXPECT_NE(cell.seen.status, 0) << to_string(cell);
    EXPECT_EQ(cell.seen.stage, Stage::done) << to_string(cell);
  } else {
    EXPECT_FALSE(cell.seen.message.empty()) << to_string(cell);
    EXPECT_TRUE(cell.verdict == CellVerdict::failed || cell.verdict == CellVerdict::rejected_handshake ||
                cell.verdict == CellVerdict::could_not_tell)
        << to_string(cell);
  }
  EXPECT_FALSE(cell.sentence.empty()) << to_string(cell);
  EXPECT_LE(cell.seen.timings.total, cell_timeout + milliseconds(1)) << to_string(cell);
}

class SeededFaults : public ::testing::TestWithParam<uint64_t> {};
// Eight groups: a failing seed is printed by its trace.
INSTANTIATE_TEST_SUITE_P(Groups, SeededFaults, ::testing::Range<uint64_t>(0, 8));

TEST_P(SeededFaults, EveryCellEndsWithAVerdictOrANamedFailure) {
  std::set<ProbeFailure> failures;
  for (uint64_t seed = GetParam() + 1; seed <= seeds; seed += 8) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Faults faults(seed);
    ASSERT_TRUE(faults.world.loop().run_until_done(std::move(faults.probing)).has_value());
    EXPECT_EQ(faults.world.cells().size(), faults.world.plan().cells());
    for (const SeenCell& cell : faults.world.cells()) {
      check(cell);
      failures.insert(cell.seen.failure);
    }
    // Each connection has its limit, and its close and its turn at the pace; a cell takes up to six.
    const Duration each = cell_timeout + seconds(1) + milliseconds(10);
    EXPECT_LE(faults.world.loop().elapsed(), each * faults.world.summary().connections + seconds(3));
    if (HasFailure()) return;
  }
  for (const ProbeFailure common : {ProbeFailure::none, ProbeFailure::reset, ProbeFailure::timed_out})
    EXPECT_TRUE(failures.contains(common)) << to_string(common);
}

TEST(Faults, ASeedGivesOneRun) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Faults once(seed), again(seed);
    ASSERT_TRUE(once.world.loop().run_until_done(std::move(once.probing)).has_value());
    ASSERT_TRUE(again.world.loop().run_until_done(std::move(again.probing)).has_value());
    EXPECT_EQ(once.world.told(), again.world.told()) << "seed " << seed;
    EXPECT_EQ(once.world.loop().elapsed(), again.world.loop().elapsed()) << "seed " << seed;
    if (::testing::Test::HasFailure()) return;
  }
}

// Under ASan nothing may leak, and the network counts its descriptors.
TEST(Faults, ARunIsCancelledAtAnyTurn) {
  for (uint64_t seed = 1; seed <= 72; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Faults faults(seed);
    const uint64_t turns = draw(faults.random, seed % 4 == 0 ? 3000 : 400);
    const size_t before = faults.world.network().descriptors();
    faults.probing.start();
    for (uint64_t i = 0; i < turns && !faults.probing.ended(); ++i) {
      ASSERT_EQ(faults.world.loop().turn(), Loop::Turn::worked);
    }
    faults.probing.cancel();
    // The origins' ends close when they notice; of ours none is left at once.
    const size_t after = faults.world.network().descriptors();
    EXPECT_LE(after, before + 2 * 6 + 64);
  }
}

}  // namespace
}  // namespace astray::simulation
