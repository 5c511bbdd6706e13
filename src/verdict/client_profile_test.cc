#include "verdict/client_profile.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

namespace astray::client_profile_test {
namespace {

const std::regex kebab_case("[a-z0-9]+(-[a-z0-9]+)*");

TEST(ClientProfile, RowsAreComplete) {
  std::set<std::string_view> ids;
  for (const ClientProfile* profile : all_client_profiles()) {
    EXPECT_TRUE(std::regex_match(std::string(profile->id), kebab_case)) << profile->id;
    EXPECT_TRUE(ids.insert(profile->id).second) << profile->id;
    EXPECT_EQ(find_client_profile(profile->id), profile);
    EXPECT_FALSE(profile->display_name.empty()) << profile->id;
    EXPECT_FALSE(profile->source.empty()) << profile->id;
    EXPECT_FALSE(profile->retry_note.empty()) << profile->id;
    EXPECT_FALSE(profile->retry_note.ends_with('.')) << profile->id;
    EXPECT_FALSE(profile->ladder.empty()) << profile->id;
  }
  EXPECT_EQ(find_client_profile("lynx"), nullptr);
}

TEST(ClientProfile, RungsHaveUniqueIds) {
  for (const ClientProfile* profile : all_client_profiles()) {
    std::set<std::string_view> ids;
    for (const Rung& rung : profile->ladder) {
      EXPECT_TRUE(std::regex_match(std::string(rung.id), kebab_case)) << profile->id << " " << rung.id;
      EXPECT_TRUE(ids.insert(rung.id).second) << profile->id << " has twice " << rung.id;
    }
  }
}

TEST(ClientProfile, RefusalsAreReasonsOfReuse) {
  const std::set<Reason> shared = {Reason::certificate_gap,           Reason::port_differs,
                                   Reason::scheme_mismatch,           Reason::protocol_off,
                                   Reason::retry_on_fresh_connection, Reason::facts_missing};
  for (const ClientProfile* profile : all_client_profiles()) {
    for (const Rung& rung : profile->ladder)
      EXPECT_TRUE(info(rung.reason).group == ReasonGroup::reuse || shared.contains(rung.reason))
          << profile->id << " " << rung.id;
  }
}

TEST(ClientProfile, ARetryHasALimitAndOnlyARetry) {
  for (const ClientProfile* profile : all_client_profiles()) {
    bool retries = profile->retry.condition != RetryCondition::never &&
                   profile->retry.condition != RetryCondition::unmeasured;
    EXPECT_EQ(profile->retry.limit != 0, retries) << profile->id;
  }
}

}  // namespace
}  // namespace astray::client_profile_test
