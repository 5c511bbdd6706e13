#include <gtest/gtest.h>

#include "servers/envoy/connection_manager.h"
#include "servers/envoy/envoy.h"
#include "servers/model/reader_case_test.h"

namespace astray {
namespace {

class EnvoyReader : public testing::TestWithParam<std::string> {};

TEST_P(EnvoyReader, ReadsTheCase) {
  test::expect_reader_case(envoy_server, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cases, EnvoyReader, testing::ValuesIn(test::reader_cases(envoy_server)),
                         [](const testing::TestParamInfo<std::string>& one) { return one.param; });

TEST(EnvoyRecognise, TellsItsConfigurationsFromOthers) {
  MemoryFiles files;
  files.add("/envoy.yaml", "static_resources:\n  listeners: []\n");
  files.add("/camel.json", R"({"staticResources": {}})");
  files.add("/dump.json", R"({"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump"}]})");
  files.add("/etc/envoy/envoy.yaml", "dynamic_resources: {lds_config: {path: /etc/envoy/lds.yaml}}\n");
  files.add("/etc/envoy/lds.yaml",
            "resources: [{\"@type\": type.googleapis.com/envoy.config.listener.v3.Listener}]\n");
  files.add("/two/a.yaml", "static_resources: {}\n");
  files.add("/two/b.yaml", "static_resources: {}\n");
  files.add("/torn.yaml", "static_resources:\n  listeners: [\n");
  files.add("/comment.yaml", "# static_resources\nlisteners: {}\nvirtual_hosts: {}\n");
  files.add("/nginx.conf", "http { server { listen 80; } } # static_resources\n");
  const struct {
    std::string_view path;
    bool is_envoy;
  } rows[] = {{"/envoy.yaml", true},   {"/camel.json", true},        {"/dump.json", true}, {"/etc/envoy", true},
              {"/etc/envoy/", true},   {"/etc/envoy/lds.yaml", true}, {"/two", false},      {"/torn.yaml", true},
              {"/comment.yaml", false}, {"/nginx.conf", false},       {"/missing", false}};
  for (const auto& row : rows) EXPECT_EQ(envoy_server.recognise(files, row.path), row.is_envoy) << row.path;
  for (const Server& other : all_servers()) {
    if (other.kind == ServerKind::envoy) continue;
    EXPECT_FALSE(other.recognise(files, "/envoy.yaml")) << other.id;
    EXPECT_FALSE(other.recognise(files, "/etc/envoy")) << other.id;
  }
}

TEST(EnvoyLua, KnowsTheFilterThatComparesWithTheSni) {
  constexpr std::string_view filter = R"(
    -- refuses what was coalesced
    function envoy_on_request(request_handle)
      local headers = request_handle:headers()
      local host = string.lower(headers:get(":authority"))
      local target = request_handle:streamInfo():requestedServerName()
      local s, e = string.find(host, ":", 1, true)
      if s ~= nil then
        host = string.sub(host, 1, s - 1)
      end
      if host ~= target then
        request_handle:respond({[":status"] = "421"}, "misdirected request")
      end
    end)";
  EXPECT_TRUE(envoy::is_lua_that_compares_with_sni(filter));
  const struct {
    std::string_view instead_of, text;
  } changes[] = {{"host ~= target", "host == target"},
                 {"\"421\"", "\"404\""},
                 {"s - 1", "s - 2"},
                 {"host ~= target", "headers ~= target"},
                 {"-- refuses", "log() -- refuses"},
                 {"local s, e", "if request_handle:headers():get(\"x\") then return end local s, e"}};
  for (const auto& change : changes) {
    std::string other(filter);
    other.replace(other.find(change.instead_of), change.instead_of.size(), change.text);
    EXPECT_FALSE(envoy::is_lua_that_compares_with_sni(other)) << other;
  }
  EXPECT_FALSE(envoy::is_lua_that_compares_with_sni(""));
}

}  // namespace
}  // namespace astray
