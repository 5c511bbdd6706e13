#include "gateway/routing/route_table.h"

#include <gtest/gtest.h>

#include "gateway/configuration/read_configuration.h"
#include "support/allocations.h"

namespace astray::gateway {
namespace {

using Outcome = RouteMatch::Outcome;

/// `routes`: the YAML of the list, on line 3.
Configuration configured(std::string_view routes) {
  auto read = read_configuration(
      "listeners: {l: {address: \"0.0.0.0:443\"}}\nbacks: {a: {addresses: "
      "[\"127.0.0.1:1\"]}, b: {addresses: [\"127.0.0.1:2\"]}}\nvirtual_hosts: {v: "
      "{names: [a.example], routes: [" +
          std::string(routes) + "]}}\n",
      "");
  for (const ConfigurationProblem& problem : read.problems) ADD_FAILURE() << describe(problem, "g");
  return std::move(read.configuration);
}
Result<RouteTable, std::vector<ConfigurationProblem>> table_of(std::string_view routes) {
  const Configuration configuration = configured(routes);
  return RouteTable::compile(configuration.virtual_hosts.at(0).routes, configuration.backs);
}

RequestHead request_for(std::string_view target, std::string_view method = "GET", Fields fields = {}) {
  RequestHead head;
  head.method = method;
  head.authority = "a.example";
  head.target = target;
  head.fields = std::move(fields);
  return head;
}

/// The number of the route, from 0, or the outcome.
std::string answer(const RouteTable& table, const RequestHead& head) {
  const RouteMatch match = table.match(head);
  EXPECT_EQ(match.route != nullptr, match.outcome == Outcome::found);
  if (match.route == nullptr) return std::string(to_string(match.outcome));
  return std::to_string(match.route - table.routes().data());
}

TEST(RouteTable, Paths) {
  const auto table = table_of(
      "{match: {exact: /a}, backs: [a]}, {match: {prefix: /a}, backs: [a]}, {match: {prefix: /b/}, backs: "
      "[a]}, {match: {regex: \"^/c[0-9]+$\"}, backs: [a]}, {match: {exact: /d/}, backs: [a]}, {match: "
      "{prefix: /e/f}, backs: [a]}");
  ASSERT_TRUE(table);
  struct {
    std::string_view target, expected;
  } const cases[] = {
      {"/a", "0"},       {"/a?x", "0"},    {"/a/", "1"},   {"/a/b", "1"},    {"/ab", "none"},
      {"/A", "none"},    {"/b", "2"},      {"/b/", "2"},   {"/b/c", "2"},    {"/bc", "none"},
      {"/c1", "3"},      {"/c1?x", "3"},   {"/c", "none"}, {"/c1x", "none"}, {"/d/", "4"},
      {"/d", "none"},    {"/d/x", "none"}, {"/e", "none"}, {"/e/f", "5"},    {"/e/f/g/h", "5"},
      {"/e/fg", "none"}, {"/", "none"},    {"*", "none"},  {"", "none"},     {"/x?/a", "none"},
      {"/x/a", "none"},
  };
  for (const auto& [target, expected] : cases)
    EXPECT_EQ(answer(*table, request_for(target)), expected) << target;
}

TEST(RouteTable, TheFirstThatMatches) {
  const auto table = table_of(
      "{match: {prefix: /a/b}, backs: [a]}, {match: {prefix: /}, backs: [a]}, {match: {prefix: /a}, backs: "
      "[a]}, {backs: [b]}");
  ASSERT_TRUE(table);
  EXPECT_EQ(answer(*table, request_for("/a/b/c")), "0");
  EXPECT_EQ(answer(*table, request_for("/a/c")), "1");
  EXPECT_EQ(answer(*table, request_for("/")), "1");
  EXPECT_EQ(answer(*table, request_for("*", "OPTIONS")), "3");
  EXPECT_EQ(answer(*table, request_for("", "CONNECT")), "3");
}

TEST(RouteTable, MethodsAndHeaders) {
  const auto table = table_of(
      "{match: {methods: [GET, POST], headers: [{name: X-Preview}]}, backs: [a]},"
      "{match: {headers: [{name: X-Version, value: \"2\"}, {name: Accept, regex: \"(json|cbor)\"}]}, backs: "
      "[a]},"
      "{match: {methods: [PUT]}, backs: [a]}");
  ASSERT_TRUE(table);
  struct {
    std::string_view method;
    Fields fields;
    std::string_view expected;
  } const cases[] = {
      {"GET", {{"x-preview", ""}}, "0"},
      {"POST", {{"x-preview", "yes"}}, "0"},
      {"get", {{"x-preview", ""}}, "none"},
      {"DELETE", {{"x-preview", ""}}, "none"},
      {"GET", {{"x-previews", ""}}, "none"},
      {"GET", {{"x-version", "2"}, {"accept", "application/json"}}, "1"},
      {"GET", {{"x-version", "1"}, {"x-version", "2"}, {"accept", "text/html"}, {"accept", "a/cbor"}}, "1"},
      {"GET", {{"x-version", "22"}, {"accept", "application/json"}}, "none"},
      {"GET", {{"x-version", "2"}, {"accept", "text/html"}}, "none"},
      {"GET", {{"x-version", "2"}}, "none"},
      {"PUT", {}, "2"},
      {"GET", {}, "none"},
  };
  for (const auto& [method, fields, expected] : cases)
    EXPECT_EQ(answer(*table, request_for("/", method, fields)), expected) << method;
}

// A back may read these paths as those of another route.
TEST(RouteTable, APathLeadsToOneRouteInEverySpelling) {
  const auto table = table_of(
      "{match: {prefix: /admin}, backs: [a]}, {match: {exact: /one}, backs: [a]}, {match: {regex: "
      "\"^/r/[^/]+$\"}, backs: [a]}, {backs: [b]}");
  ASSERT_TRUE(table);
  struct {
    std::string_view target, expected;
  } const cases[] = {
      {"/%61dmin", "ambiguous"},
      {"/admin%2Fx", "ambiguous"},
      {"//admin", "ambiguous"},
      {"/admin;v=1", "ambiguous"},
      {"/admin\\x", "ambiguous"},
      {"/%2Fadmin/x", "ambiguous"},
      {"/\\admin", "ambiguous"},
      {"/x;/../admin", "3"},  // path_problem() has refused it before
      {"/on%65", "ambiguous"},
      {"/one;x", "ambiguous"},
      {"/one//", "3"},
      {"/r/a%2Fb", "ambiguous"},
      {"/r//a", "ambiguous"},
      {"/r/a%20b", "2"},
      {"/r/caf%C3%A9", "2"},
      {"/admin//x", "0"},
      {"/admin/x%2Fy;v", "0"},
      {"/other//x", "3"},
      {"/other/%61;x", "3"},
      {"/x?//admin", "3"},
      {"/Admin", "3"},
      {"/%2561dmin", "3"},
  };
  for (const auto& [target, expected] : cases)
    EXPECT_EQ(answer(*table, request_for(target)), expected) << target;
  const auto without_rest = table_of("{match: {prefix: /admin}, backs: [a]}");
  EXPECT_EQ(answer(*without_rest, request_for("//admin")), "ambiguous");
  EXPECT_EQ(answer(*without_rest, request_for("//x")), "none");
}

TEST(RouteTable, RoutesMayHaveOddSpellingsThemselves) {
  const auto table = table_of(
      "{match: {prefix: \"/a%2Fb\"}, backs: [a]}, {match: {exact: \"/caf%c3%a9\"}, backs: [a]}, {match: "
      "{exact: \"/x;y\"}, backs: [a]}, {backs: [b]}");
  ASSERT_TRUE(table);
  EXPECT_EQ(answer(*table, request_for("/a%2Fb/c")), "0");
  EXPECT_EQ(answer(*table, request_for("/a%2fb/c")), "ambiguous");
  EXPECT_EQ(answer(*table, request_for("/caf%c3%a9")), "1");
  EXPECT_EQ(answer(*table, request_for("/caf%C3%A9")), "ambiguous");
  EXPECT_EQ(answer(*table, request_for("/x;y")), "2");
  // What a back may take for the routes' paths does not pass by them.
  EXPECT_EQ(answer(*table, request_for("/a/b/c")), "ambiguous");
  EXPECT_EQ(answer(*table, request_for("/x")), "ambiguous");
  EXPECT_EQ(answer(*table, request_for("/other")), "3");
}

TEST(RouteTable, WhatARegexCannotTellIsNotTheNextRoutes) {
  const auto table = table_of("{match: {regex: \"^/(a+)+$\"}, backs: [a]}, {backs: [b]}");
  ASSERT_TRUE(table);
  EXPECT_EQ(answer(*table, request_for("/aaa")), "0");
  EXPECT_EQ(answer(*table, request_for("/b")), "1");
  EXPECT_EQ(answer(*table, request_for("/" + std::string(60, 'a') + "!")), "undecided");
  EXPECT_EQ(answer(*table, request_for("/" + std::string(most_regex_subject_bytes, 'b'))), "undecided");
  // Another condition fails whatever the expression says.
  const auto with_method =
      table_of("{match: {regex: \"^/(a+)+$\", methods: [PUT]}, backs: [a]}, {backs: [b]}");
  EXPECT_EQ(answer(*with_method, request_for("/" + std::string(60, 'a') + "!")), "1");
  const auto with_header =
      table_of("{match: {regex: \"^/(a+)+$\", headers: [{name: x}]}, backs: [a]}, {backs: [b]}");
  EXPECT_EQ(answer(*with_header, request_for("/" + std::string(60, 'a') + "!")), "1");
}

TEST(RouteTable, BacksByTheirPosition) {
  const auto table = table_of("{backs: [{back: b, weight: 3}, {back: a, weight: 0}]}");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->routes().at(0).backs.all(), std::vector{BackPosition(1)});
}

TEST(RouteTable, ProblemsHaveTheirPlaces) {
  const Configuration configuration = configured(
      "{match: {regex: \"(\"}, backs: [a]}, {match: {headers: [{name: x, regex: \"[\"}]}, backs: [a]}, "
      "{backs: "
      "[c]}, {backs: [a], request_headers: {set: {Content-Length: \"1\"}}}");
  const auto table = RouteTable::compile(configuration.virtual_hosts[0].routes, configuration.backs);
  ASSERT_FALSE(table);
  ASSERT_EQ(table.error().size(), 4u);
  for (const ConfigurationProblem& problem : table.error()) {
    EXPECT_EQ(problem.severity, Severity::error);
    EXPECT_EQ(problem.place.line, 3u);
    EXPECT_GT(problem.place.column, 1u);
  }
}

TEST(RouteTable, ManyRoutesKeepTheirOrder) {
  std::string routes;
  for (int i = 0; i < 400; ++i) {
    const std::string number = std::to_string(i % 100);
    routes += "{match: {" + std::string(i % 3 == 0 ? "exact" : "prefix") + ": /s" + number + "/t}" +
              ", backs: [a]}, {match: {prefix: /s" + number + ", methods: [M" + std::to_string(i) +
              "]}, backs: [a]},";
  }
  const auto table = table_of(routes + "{match: {exact: /s7}, backs: [a]}, {backs: [b]}");
  ASSERT_TRUE(table);
  EXPECT_EQ(answer(*table, request_for("/s5/t/x")), "10");
  EXPECT_EQ(answer(*table, request_for("/s3/t")), "6");
  EXPECT_EQ(answer(*table, request_for("/s3/t/x")), "206");
  EXPECT_EQ(answer(*table, request_for("/s7/x", "M307")), "615");
  EXPECT_EQ(answer(*table, request_for("/s7")), "800");
  EXPECT_EQ(answer(*table, request_for("/s7/x")), "801");
  EXPECT_EQ(answer(*table, request_for("/s1000/t")), "801");
}

TEST(RouteTable, DeepPathsAreFoundAmongMany) {
  std::string routes;
  std::string deep;
  // Each one level deeper, the shallow ones last; every third exact.
  std::vector<std::string> prefixes;
  for (int i = 0; i < 40; ++i) prefixes.push_back(deep += "/d" + std::to_string(i));
  for (size_t i = prefixes.size(); i-- > 0;)
    routes +=
        "{match: {" + std::string(i % 3 == 0 ? "exact" : "prefix") + ": " + prefixes[i] + "}, backs: [a]},";
  const auto table = table_of(routes + "{match: {regex: \"^/d0/x\"}, backs: [a]}");
  ASSERT_TRUE(table);
  for (size_t i = 0; i < prefixes.size(); ++i) {
    EXPECT_EQ(answer(*table, request_for(prefixes[i])), std::to_string(39 - i));
    // Below an exact path it is the prefix above.
    const size_t above = i % 3 == 0 ? i - 1 : i;
    if (i > 0) {
      EXPECT_EQ(answer(*table, request_for(prefixes[i] + "/x")), std::to_string(39 - above));
    }
    EXPECT_EQ(answer(*table, request_for(prefixes[i] + "x")),
              i < 2 ? "none" : std::to_string(39 - (i % 3 == 1 ? i - 2 : i - 1)));
  }
  EXPECT_EQ(answer(*table, request_for("/d0/x")), "40");
}

#if ASTRAY_COUNTS_ALLOCATIONS
TEST(RouteTable, MatchingTakesNoMemory) {
  std::string routes =
      "{match: {exact: /an/exact/path/of/some/length}, backs: [a]}, {match: {prefix: "
      "/a/prefix/of/some/length}, "
      "backs: [a]}, {match: {methods: [DELETE], headers: [{name: a-name-that-no-small-string-holds, value: "
      "and-a-value-that-no-small-string-holds}]}, backs: [b]},";
  for (int i = 0; i < 100; ++i)
    routes += "{match: {prefix: /many/of/them/" + std::to_string(i) + "}, backs: [a]},";
  const auto table =
      table_of(routes + "{match: {regex: \"^/with/a/regular/expression/[0-9]+$\"}, backs: [a]}");
  ASSERT_TRUE(table);
  const Fields fields{{"a-name-that-no-small-string-holds", "and-a-value-that-no-small-string-holds"}};
  struct {
    RequestHead head;
    std::string_view expected;
  } const cases[] = {
      {request_for("/an/exact/path/of/some/length?with=a&query=of-some-length"), "0"},
      {request_for("/a/prefix/of/some/length/and/more"), "1"},
      {request_for("/nothing/of/the/kind/is/here", "DELETE", fields), "2"},
      {request_for("/many/of/them/99/and/more"), "102"},
      {request_for("/many/of/them/none-of-these"), "none"},
      {request_for("/with/a/regular/expression/12345678901234567890"), "103"},
  };
  for (const auto& [head, expected] : cases) {
    EXPECT_EQ(answer(*table, head), expected) << head.target;
    EXPECT_EQ(test::allocations_of([&] { (void)table->match(head); }), 0u) << head.target;
  }
}
#endif

}  // namespace
}  // namespace astray::gateway
