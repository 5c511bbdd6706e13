#include "servers/httpd/name_index.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/ascii.h"
#include "servers/httpd/alias_pattern.h"

namespace astray::httpd::name_index_test {
namespace {

Deployment with_names(const std::vector<std::vector<std::string>>& names) {
  Deployment deployment;
  for (const auto& of_host : names) {
    VirtualHost host;
    for (const std::string& name : of_host) host.names.push_back({alias_pattern(name), {}});
    deployment.virtual_hosts.push_back(std::move(host));
  }
  return deployment;
}

std::vector<VirtualHostId> all_hosts(const Deployment& deployment) {
  std::vector<VirtualHostId> ids;
  for (size_t i = 0; i < deployment.virtual_hosts.size(); ++i) ids.push_back(static_cast<VirtualHostId>(i));
  return ids;
}

// One virtual host after the other, names before wildcards in each (server/vhost.c, matches_aliases).
NameIndex::Found naive(const Deployment& deployment, std::string_view name) {
  for (uint32_t i = 0; i < deployment.virtual_hosts.size(); ++i) {
    for (const NamedPattern& pattern : deployment.virtual_hosts[i].names)
      if (pattern.pattern.kind == PatternKind::exact && ascii_iequals(pattern.pattern.text, name))
        return {i, NameMatch::exact};
    for (const NamedPattern& pattern : deployment.virtual_hosts[i].names)
      if (pattern.pattern.kind != PatternKind::exact && glob_matches(pattern.pattern.spelled(), name))
        return {i, NameMatch::wildcard};
  }
  return {};
}

struct Row {
  std::string_view name;
  uint32_t position;
  NameMatch match;
};

// As httpd 2.4.71 chose among <VirtualHost *:80> sections with these names, in this order.
TEST(NameIndex, TakesTheFirstInTheConfiguration) {
  Deployment deployment = with_names(
      {{"a.test", "*.x.test"}, {"b.test", "b.x.test"}, {"c.test", "c?c.y.test", "*"}, {"d.test", "dd.test"}});
  NameIndex index(deployment, all_hosts(deployment));
  const Row rows[] = {
      {"b.x.test", 0, NameMatch::wildcard}, {"q.b.x.test", 0, NameMatch::wildcard},
      {".x.test", 0, NameMatch::wildcard},  {"x.test", 2, NameMatch::wildcard},
      {"dd.test", 2, NameMatch::wildcard},  {"cxc.y.test", 2, NameMatch::wildcard},
      {"A.TEST", 0, NameMatch::exact},      {"b.test", 1, NameMatch::exact},
      {"", 2, NameMatch::wildcard},
  };
  for (const Row& row : rows) {
    NameIndex::Found found = index.find(row.name);
    EXPECT_EQ(found.position, row.position) << row.name;
    EXPECT_EQ(found.match, row.match) << row.name;
  }
}

TEST(NameIndex, FindsNothingWhereNothingMatches) {
  Deployment deployment = with_names({{"a.test"}, {"*.b.test"}});
  NameIndex index(deployment, all_hosts(deployment));
  for (std::string_view name : {"", "a.test.", "b.test", "xa.test", "a.tes"})
    EXPECT_EQ(index.find(name).position, NameIndex::nowhere);
  Deployment none;
  EXPECT_EQ(NameIndex(none, {}).find("a").position, NameIndex::nowhere);
}

TEST(NameIndex, AgreesWithGoingThroughThemAll) {
  std::mt19937 random(11);
  constexpr std::string_view labels[] = {"a", "b", "www", "x1", "*", "w?w", "a*", "*b", "?"};
  auto make_name = [&](size_t kinds) {
    std::string name;
    for (size_t n = 1 + random() % 4; n > 0; --n)
      name += std::string(name.empty() ? "" : ".") + std::string(labels[random() % kinds]);
    return name;
  };
  size_t hits = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<std::vector<std::string>> names;
    for (size_t hosts = 1 + random() % 8; hosts > 0; --hosts) {
      names.emplace_back();
      for (size_t n = 1 + random() % 4; n > 0; --n) names.back().push_back(make_name(std::size(labels)));
    }
    Deployment deployment = with_names(names);
    NameIndex index(deployment, all_hosts(deployment));
    for (int i = 0; i < 200; ++i) {
      std::string name = make_name(4);
      if (random() % 3 == 0) name[0] = 'B';
      NameIndex::Found expected = naive(deployment, name);
      NameIndex::Found found = index.find(name);
      ASSERT_EQ(found.position, expected.position) << name;
      ASSERT_EQ(found.match, expected.match) << name;
      hits += expected.position != NameIndex::nowhere ? 1 : 0;
    }
  }
  EXPECT_GT(hits, 10'000U);
}

TEST(NameIndex, HoldsManyNames) {
  std::vector<std::vector<std::string>> names;
  for (int i = 0; i < 5000; ++i)
    names.push_back({"n" + std::to_string(i) + ".test", "*.w" + std::to_string(i) + ".test"});
  Deployment deployment = with_names(names);
  NameIndex index(deployment, all_hosts(deployment));
  for (uint32_t i = 0; i < 5000; ++i) {
    EXPECT_EQ(index.find("n" + std::to_string(i) + ".test").position, i);
    EXPECT_EQ(index.find("x.y.w" + std::to_string(i) + ".test").position, i);
  }
  EXPECT_EQ(index.find("n5000.test").position, NameIndex::nowhere);
}

}  // namespace
}  // namespace astray::httpd::name_index_test
