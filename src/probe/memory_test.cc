// A long run must not hold on to its cells.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include "probe/fake_world_test.h"

namespace astray::test {
namespace {

size_t bytes_in_use() {
  return mallinfo2().uordblks;
}

TEST(AssessorMemory, FiftyThousandCellsLeaveLittleBehind) {
  if (bytes_in_use() == 0) GTEST_SKIP() << "this allocator does not count";
  std::vector<std::string> names;
  std::vector<FakeSite> sites;
  for (int i = 0; i < 40; ++i) names.push_back(fmt::format("n{}.example", i));
  for (const std::string& name : names) sites.push_back({name, "page of " + name, names, Demand::nothing});
  const FakeWorld world(std::move(sites));
  Axes axes;
  axes.preset = AxesPreset::full;
  const std::vector<ProbeNode> nodes = {https_node("192.0.2.1:443", names)};
  const Plan plan(nodes, axes);
  ASSERT_GT(plan.cells(), 50'000u);
  Assessor assessor(nodes, {}, nullptr, {});
  Plan::Cursor cursor(plan);
  const auto certificate = certificate_for(names);
  const size_t before = bytes_in_use();
  while (const auto connection = cursor.next()) {
    for (const RequestQuestion& request : connection->requests) {
      Observation seen = page(200, request.name);
      fill_connection(seen, *connection, certificate);
      assessor.assess(*connection, request, std::move(seen));
    }
  }
  // A vector that has just grown holds twice what is in it.
  EXPECT_LT(bytes_in_use() - before, plan.cells() * 2 * 48);
}

}  // namespace
}  // namespace astray::test
