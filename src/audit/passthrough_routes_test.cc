#include "audit/passthrough_routes.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

Listener listener_with(std::vector<std::optional<ServerNamePattern>> names) {
  Listener listener;
  listener.kind = Listener::Kind::passthrough;
  for (auto& name : names) {
    PassthroughRoute route;
    route.name = std::move(name);
    listener.routes.push_back(std::move(route));
  }
  return listener;
}

/// Index of the chosen route; -1: none.
int chosen(const Listener& listener, const std::optional<std::string>& sni) {
  const PassthroughRoute* route = PassthroughRoutes(listener).choose(sni).route;
  return route == nullptr ? -1 : static_cast<int>(route - listener.routes.data());
}

const Listener& mixed() {
  static const Listener listener =
      listener_with({ServerNamePattern{PatternKind::leading_wildcard, "test"},
                     ServerNamePattern{PatternKind::leading_wildcard, "b.test"},
                     ServerNamePattern{PatternKind::exact, "a.b.test"},
                     ServerNamePattern{PatternKind::trailing_wildcard, "www"},
                     ServerNamePattern{PatternKind::trailing_wildcard, "www.shop"},
                     ServerNamePattern{PatternKind::dotted_suffix, "dot.example"}, std::nullopt,
                     ServerNamePattern{PatternKind::exact, ""}});
  return listener;
}

TEST(PassthroughRoutes, ChooseAsAMapWithHostnamesDoes) {
  const std::pair<std::optional<std::string>, int> cases[] = {
      {"a.b.test", 2},    {"A.B.TEST.", 2},  {"c.b.test", 1},    {"d.c.b.test", 1},    {"b.test", 0},
      {"www.test", 0},    {"test", 6},       {"www.example", 3}, {"www.shop.de", 4},   {"www.shop.co.uk", 4},
      {"www", 6},         {"wwww.de", 6},    {"dot.example", 5}, {"x.dot.example", 5}, {"xdot.example", 6},
      {"nowhere.org", 6}, {std::nullopt, 7},
  };
  for (const auto& [sni, route] : cases) EXPECT_EQ(chosen(mixed(), sni), route) << sni.value_or("(none)");
}

TEST(PassthroughRoutes, ChooseNothingWithoutADefault) {
  const Listener listener = listener_with({ServerNamePattern{PatternKind::exact, "a.test"}});
  EXPECT_EQ(chosen(listener, "b.test"), -1);
  EXPECT_EQ(chosen(listener, std::nullopt), -1);
}

TEST(PassthroughRoutes, FirstOfTwoEqualNamesWins) {
  const Listener listener = listener_with(
      {ServerNamePattern{PatternKind::exact, "a.test"}, ServerNamePattern{PatternKind::exact, "a.test"}});
  EXPECT_EQ(chosen(listener, "a.test"), 0);
}

TEST(PassthroughRoutes, AreUncertainBehindAnExpression) {
  const Listener listener = listener_with({ServerNamePattern{PatternKind::exact, "a.test"},
                                           ServerNamePattern{PatternKind::regex, "^b\\."}, std::nullopt});
  const PassthroughRoutes routes(listener);
  EXPECT_TRUE(routes.choose("a.test").certain) << "an exact name is looked up before expressions";
  EXPECT_FALSE(routes.choose("b.test").certain);
  EXPECT_EQ(routes.choose("b.test").route, &listener.routes[2]);
}

}  // namespace
}  // namespace astray
