#include "servers/nginx/name_table.h"

#include <gtest/gtest.h>

#include "servers/nginx/server_names.h"

namespace astray::nginx::name_table_test {
namespace {

/// Servers by the words of their server_name.
Deployment servers(const std::vector<std::vector<std::string>>& names) {
  Deployment deployment;
  for (const std::vector<std::string>& words : names) {
    VirtualHost host;
    for (const std::string& word : words) host.names.push_back({*parse_server_name(word), {}});
    deployment.virtual_hosts.push_back(std::move(host));
  }
  return deployment;
}

std::vector<VirtualHostId> all(const Deployment& deployment) {
  std::vector<VirtualHostId> ids;
  for (size_t i = 0; i < deployment.virtual_hosts.size(); ++i) ids.push_back(static_cast<VirtualHostId>(i));
  return ids;
}

// "#1 exact", "-" when nobody has the name.
std::string owner(const std::vector<std::vector<std::string>>& names, std::string_view name) {
  const Deployment deployment = servers(names);
  const NameTable table(deployment, all(deployment));
  const NameTable::Lookup lookup = table.find(name);
  if (!lookup.found) return lookup.regex_failed ? "failed" : "-";
  return "#" + std::to_string(static_cast<int>(lookup.found->virtual_host)) + " " +
         std::string(to_string(lookup.found->match));
}

struct Row {
  std::vector<std::vector<std::string>> names;
  std::string_view name;
  std::string_view expected;
};

// ngx_hash_find_combined and ngx_http_find_virtual_server; the kinds of row were asked of
// nginx 1.22.1, 1.25.1, 1.29.4 and 1.31.4 with random sets of such names.
TEST(NginxNameTable, FindsTheOwnerAsNginxDoes) {
  const std::vector<std::vector<std::string>> kinds = {
      {"~^r\\d\\.test$", "~test$"}, {"www.*"}, {"*.test"}, {".a.test"}, {"x.a.test", "b.test"}, {"www.x.*"}};
  const Row rows[] = {
      {kinds, "b.test", "#4 exact"},
      {kinds, "x.a.test", "#4 exact"},
      {kinds, "a.test", "#3 exact"},         // ".a.test" is the name itself, too
      {kinds, "y.a.test", "#3 wildcard"},    // the longest wildcard
      {kinds, "z.y.a.test", "#3 wildcard"},  // of any depth
      {kinds, "y.x.a.test", "#3 wildcard"},
      {kinds, "c.test", "#2 wildcard"},  // a wildcard goes before any expression
      {kinds, "r1.test", "#2 wildcard"},
      {kinds, "test", "#0 regex"},  // "*.test" does not cover "test"
      {kinds, "www.org", "#1 wildcard"},
      {kinds, "www.co.uk", "#1 wildcard"},
      {kinds, "www.x.y", "#5 wildcard"},  // the longest prefix
      {kinds, "www.x", "#1 wildcard"},
      {kinds, "www.test", "#2 wildcard"},  // leading wildcards go before trailing ones
      {kinds, "www", "-"},
      {kinds, "", "-"},
      {kinds, "unknown", "-"},
      {kinds, ".b.test", "#2 wildcard"},  // "" in the place of the asterisk
      // Conflicts: the first has it, and ".x" claims two things.
      {{{"a"}, {"a"}}, "a", "#0 exact"},
      {{{"*.a"}, {".a"}}, "a", "-"},         // ".a" is ignored as a whole …
      {{{"*.a"}, {".a"}, {"a"}}, "a", "-"},  // … and yet keeps "a" from others
      {{{"a"}, {".a"}}, "x.a", "-"},
      {{{".a"}, {"a"}}, "a", "#0 exact"},
      {{{".a"}, {"*.a"}}, "x.a", "#0 wildcard"},
      {{{"~^(a|b)$"}, {"~^a$"}}, "a", "#0 regex"},
      {{{}, {"a"}}, "", "#0 exact"},  // no server_name is server_name ""
      {{{"a"}, {"b", ""}}, "", "#1 exact"},
      {{{"_"}, {"a"}}, "anything", "-"},  // "_" is a name like any other
      {{{"$hostname"}, {"a"}}, "$hostname", "-"},
      {{{"~^(?<x>A.)$"}}, "ab", "#0 regex"},  // a capital letter makes the expression caseless
      {{{"~^\\x41"}}, "a", "-"},              // and without one it is not
  };
  for (const Row& row : rows) EXPECT_EQ(owner(row.names, row.name), row.expected) << row.name;
}

TEST(NginxNameTable, IsConsultedOnlyWhereNginxBuildsOne) {
  struct Case {
    std::vector<std::vector<std::string>> names;
    bool is_consulted;
  };
  // ngx_http_optimize_servers; `captures` is that of the last expression.
  const Case cases[] = {
      {{{"a", "b"}}, false}, {{{"a"}, {"b"}}, true},      {{{"~^a$"}}, false},
      {{{"~^(a)$"}}, true},  {{{"~^(a)$", "~b"}}, false}, {{{"~b", "~^(a)$", "c"}}, true},
  };
  for (const Case& one : cases) {
    const Deployment deployment = servers(one.names);
    EXPECT_EQ(NameTable(deployment, all(deployment)).is_consulted(), one.is_consulted)
        << one.names.front().front();
  }
}

TEST(NginxNameTable, StopsAnExpressionThatBacktracksWithoutEnd) {
  EXPECT_EQ(owner({{"~^(a+)+$"}, {"b"}}, std::string(200, 'a') + "!"), "failed");
}

TEST(NginxNameTable, HoldsManyNames) {
  std::vector<std::vector<std::string>> names(1000);
  for (size_t i = 0; i < names.size(); ++i)
    for (int k = 0; k < 20; ++k)
      names[i].push_back("n" + std::to_string(k) + ".h" + std::to_string(i) + ".test");
  const Deployment deployment = servers(names);
  const NameTable table(deployment, all(deployment));
  for (size_t i = 0; i < names.size(); ++i)
    for (const std::string& name : names[i])
      ASSERT_EQ(table.find(name).found->virtual_host, static_cast<VirtualHostId>(i)) << name;
  EXPECT_FALSE(table.find("n20.h0.test").found);
}

}  // namespace
}  // namespace astray::nginx::name_table_test
