#include "servers/caddy/host_lists.h"

#include <gtest/gtest.h>

namespace astray::caddy {
namespace {

/// One route with these hosts, and as many that nobody asks for as make its list a long one.
std::vector<Route> routes_with(std::vector<std::string_view> hosts, size_t further) {
  Route route;
  MatcherSet set;
  for (const std::string_view host : hosts) set.hosts.push_back({std::string(host), {}});
  for (size_t i = 0; i < further; ++i) set.hosts.push_back({"n" + std::to_string(i) + ".invalid", {}});
  route.match.push_back(std::move(set));
  std::vector<Route> routes;
  routes.push_back(std::move(route));
  return routes;
}

TEST(HostLists, AreForLongListsWhatGoingThroughShortOnesIs) {
  const std::vector<std::vector<std::string_view>> lists = {
      {"a.test"}, {"A.Test", "*.test"}, {"*.test", "a.test"}, {"{env.HOST}", "b.test"}, {"x.*.test"}, {"*"}, {"b.test", "{http.vars.x}"}};
  for (const auto& hosts : lists) {
    const std::vector<Route> few = routes_with(hosts, 0);
    const std::vector<Route> many = routes_with(hosts, 50);
    const HostLists short_lists(few);
    const HostLists long_lists(many);
    for (const std::string_view host : {"a.test", "A.TEST", "b.test", "x.y.test", "test", "", "n7.invalid"}) {
      const Word* first = short_lists.first(few[0].match[0], host);
      const Word* indexed = long_lists.first(many[0].match[0], host);
      if (host == "n7.invalid") {
        EXPECT_EQ(long_lists.any(many[0].match[0], host), Answer::yes);
        continue;
      }
      EXPECT_EQ(short_lists.any(few[0].match[0], host), long_lists.any(many[0].match[0], host)) << hosts[0] << ' ' << host;
      EXPECT_EQ(first == nullptr ? "" : first->text, indexed == nullptr ? "" : indexed->text) << hosts[0] << ' ' << host;
    }
  }
}

}  // namespace
}  // namespace astray::caddy
