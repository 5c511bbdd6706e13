#include <gtest/gtest.h>

#include "servers/haproxy/haproxy.h"
#include "servers/model/reader_case_test.h"

namespace astray {
namespace {

class HaproxyReader : public testing::TestWithParam<std::string> {};

TEST_P(HaproxyReader, ReadsTheCase) {
  test::expect_reader_case(haproxy_server, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cases, HaproxyReader, testing::ValuesIn(test::reader_cases(haproxy_server)),
                         [](const testing::TestParamInfo<std::string>& one) { return one.param; });

TEST(HaproxyRecognise, TellsItsOwnConfigurationsFromOthers) {
  MemoryFiles files;
  constexpr std::string_view own = "# comment\nglobal\n  daemon\nfrontend f\n  bind :80\n";
  files.add("/etc/haproxy/haproxy.cfg", std::string(own));
  files.add("/parts/10-global.cfg", "global\n    maxconn 4\n");
  files.add("/parts/20-sites.cfg", "backend b\n");
  files.add("/conditional.cfg", ".if feature(OPENSSL)\nfrontend f\n.endif\n");
  files.add("/nginx.conf", "http { server { listen 80; } }\n");
  files.add("/httpd.conf", "Listen 80\n<VirtualHost *:80>\n</VirtualHost>\n");
  files.add("/gateway.yaml", "listeners:\n  a: {}\nvirtual_hosts:\n  b: {}\n");
  files.add("/Caddyfile", "a.test {\n  respond ok\n}\n");
  files.add("/compose.yaml", "cache: x\nlisten: y\n");
  files.add("/empty.cfg", "");
  files.add("/prose.txt", "global warming is a topic\nlisten to it\n");
  const struct {
    std::string_view path;
    bool is_own;
  } rows[] = {{"/etc/haproxy/haproxy.cfg", true}, {"/etc/haproxy", true}, {"/parts", true}, {"/conditional.cfg", true},
              {"/nginx.conf", false}, {"/httpd.conf", false}, {"/gateway.yaml", false}, {"/Caddyfile", false},
              {"/compose.yaml", false}, {"/empty.cfg", false}, {"/prose.txt", false}, {"/missing", false}};
  for (const auto& row : rows) EXPECT_EQ(haproxy_server.recognise(files, row.path), row.is_own) << row.path;
  for (const Server& other : all_servers()) {
    if (other.kind == ServerKind::haproxy) continue;
    EXPECT_FALSE(other.recognise(files, "/etc/haproxy/haproxy.cfg")) << other.id;
    EXPECT_FALSE(other.recognise(files, "/etc/haproxy")) << other.id;
  }
}

}  // namespace
}  // namespace astray
