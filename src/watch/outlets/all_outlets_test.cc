#include "watch/outlets/all_outlets.h"

#include <gtest/gtest.h>

#include "watch/outlets/outlet_world_test.h"

namespace astray::watch {
namespace {

class AllOutletsTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Outlets>> create() {
    return Outlets::create(settings, {world.loop,
                                      world.network,
                                      world.resolver,
                                      [this] { return &world.store; },
                                      {},
                                      [this] { return world.now(); },
                                      1,
                                      "1.2.3"});
  }
  std::string error() {
    const auto made = create();
    EXPECT_FALSE(made);
    return made ? "" : made.error().message;
  }

  test::OutletWorld world;
  WatchSettings settings;
};

TEST_F(AllOutletsTest, MetricsAreAlwaysThere) {
  const auto outlets = create();
  ASSERT_TRUE(outlets);
  ASSERT_EQ((*outlets)->all().size(), 1u);
  EXPECT_EQ((*outlets)->all()[0]->name(), "metrics");
  EXPECT_NE((*outlets)->metrics_text({}).find("process_resident_memory_bytes"), std::string::npos);
}

TEST_F(AllOutletsTest, EachHasANameOfItsOwn) {
  settings.webhooks = {{"https://a.example/1", "", {}}, {"https://a.example/2", "", {}}};
  settings.alertmanagers = {{"http://a.example:9093", {}}};
  settings.clickhouse = {"http://a.example:8123", "astray", "", ""};
  const auto outlets = create();
  ASSERT_TRUE(outlets) << outlets.error().message;
  ASSERT_EQ((*outlets)->all().size(), 5u);
  EXPECT_EQ((*outlets)->all()[3]->name(), "alertmanager http://a.example:9093/");
  EXPECT_EQ((*outlets)->all()[4]->name(), "clickhouse http://a.example:8123/ astray");
}

TEST_F(AllOutletsTest, SaysWhatIsWrongWithASetting) {
  settings.webhooks = {{"ftp://a.example/", "", {}}};
  EXPECT_NE(error().find("webhook ftp://a.example/: "), std::string::npos) << error();
  settings.webhooks = {{"https://a.example/token", "/nowhere/secret", {}}};
  EXPECT_NE(error().find("/nowhere/secret cannot be read"), std::string::npos) << error();
  EXPECT_EQ(error().find("token"), std::string::npos);
  settings.webhooks = {{"https://a.example/1", "", {}}, {"https://a.example/1", "", {}}};
  EXPECT_NE(error().find("stands there twice"), std::string::npos) << error();
}

}  // namespace
}  // namespace astray::watch
