#include <gtest/gtest.h>

#include "servers/caddy/caddy.h"
#include "servers/model/reader_case_test.h"

namespace astray {
namespace {

class CaddyReader : public testing::TestWithParam<std::string> {};

TEST_P(CaddyReader, ReadsTheCase) {
  test::expect_reader_case(caddy_server, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cases, CaddyReader, testing::ValuesIn(test::reader_cases(caddy_server)),
                         [](const testing::TestParamInfo<std::string>& one) { return one.param; });

TEST(CaddyRecognise, TellsItsOwnConfigurationsFromOthers) {
  MemoryFiles files;
  files.add("/etc/caddy/Caddyfile", "a.test {\n\trespond ok\n}\n");
  files.add("/etc/caddy/conf.d/b.caddyfile", "b.test {\n}\n");
  files.add("/srv/caddy.json", "{\n\t\"apps\": {\n\t\t\"http\": {\"servers\": {}}\n\t}\n}\n");
  files.add("/other/package.json", R"({"apps": [], "http": true})");
  files.add("/nginx.conf", "http { server { listen 80; } }\n");
  const struct {
    std::string_view path;
    bool is_caddy;
  } rows[] = {{"/etc/caddy/Caddyfile", true}, {"/etc/caddy", true},   {"/etc/caddy/", true},
              {"/etc/caddy/conf.d/b.caddyfile", true}, {"/srv/caddy.json", true}, {"/srv", true},
              {"/other/package.json", false}, {"/other", false},      {"/nginx.conf", false},
              {"/missing", false}};
  for (const auto& row : rows) EXPECT_EQ(caddy_server.recognise(files, row.path), row.is_caddy) << row.path;
  for (const Server& other : all_servers()) {
    if (other.kind == ServerKind::caddy) continue;
    EXPECT_FALSE(other.recognise(files, "/etc/caddy/Caddyfile")) << other.id;
    EXPECT_FALSE(other.recognise(files, "/srv/caddy.json")) << other.id;
  }
}

}  // namespace
}  // namespace astray
