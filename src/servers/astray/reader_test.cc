#include <gtest/gtest.h>

#include "servers/astray/astray.h"
#include "servers/model/reader_case_test.h"

namespace astray {
namespace {

class GatewayReader : public testing::TestWithParam<std::string> {};

TEST_P(GatewayReader, ReadsTheCase) {
  test::expect_reader_case(astray_server, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cases, GatewayReader, testing::ValuesIn(test::reader_cases(astray_server)),
                         [](const testing::TestParamInfo<std::string>& one) { return one.param; });

TEST(GatewayRecognise, TellsItsOwnConfigurationsFromOthers) {
  MemoryFiles files;
  constexpr std::string_view own = "listeners:\n  a: {}\nvirtual_hosts:\n  b: {}\n";
  files.add("/etc/astray/gateway.yaml", std::string(own));
  files.add("/json", R"({"listeners": {}, "virtual_hosts": {}, "backs": {}})");
  files.add("/two/a.yaml", std::string(own));
  files.add("/two/b.yml", std::string(own));
  files.add("/one/a.yaml", std::string(own));
  files.add("/one/waivers.yaml", "waivers: []\n");
  files.add("/envoy.yaml", "static_resources:\n  listeners: []\n  virtual_hosts: []\n");
  files.add("/half.yaml", "listeners: {}\n# virtual_hosts\n");
  files.add("/nginx.conf", "http { server { listen 80; } } # listeners: virtual_hosts:\n");
  files.add("/torn.yaml", "listeners: {\nvirtual_hosts: [\n");
  files.add("/empty", "");
  const struct {
    std::string_view path;
    bool is_gateway;
  } rows[] = {{"/etc/astray/gateway.yaml", true},
              {"/etc/astray", true},
              {"/etc/astray/", true},
              {"/json", true},
              {"/one", true},
              {"/two/a.yaml", true},
              {"/two", false},  // which of them runs, nobody can tell
              {"/envoy.yaml", false},
              {"/half.yaml", false},
              {"/nginx.conf", false},
              {"/torn.yaml", false},
              {"/empty", false},
              {"/missing", false}};
  for (const auto& row : rows)
    EXPECT_EQ(astray_server.recognise(files, row.path), row.is_gateway) << row.path;
  for (const Server& other : all_servers()) {
    if (other.kind == ServerKind::astray) continue;
    EXPECT_FALSE(other.recognise(files, "/etc/astray/gateway.yaml")) << other.id;
    EXPECT_FALSE(other.recognise(files, "/etc/astray")) << other.id;
  }
}

}  // namespace
}  // namespace astray
