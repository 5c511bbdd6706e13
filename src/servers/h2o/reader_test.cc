#include <gtest/gtest.h>

#include "servers/h2o/h2o.h"
#include "servers/model/reader_case_test.h"

namespace astray {
namespace {

class H2oReader : public testing::TestWithParam<std::string> {};

TEST_P(H2oReader, ReadsTheCase) {
  test::expect_reader_case(h2o_server, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cases, H2oReader, testing::ValuesIn(test::reader_cases(h2o_server)),
                         [](const testing::TestParamInfo<std::string>& one) { return one.param; });

TEST(H2oRecognise, TellsItsOwnConfigurationsFromOthers) {
  MemoryFiles files;
  files.add("/etc/h2o/h2o.conf", "listen: 80\nhosts:\n  a.test:\n    paths: {/: {file.dir: /srv}}\n");
  files.add("/srv/site.yaml", "hosts: {a.test: &a {paths: {}}, b.test: *a}\n");
  files.add("/other/hosts.yaml", "hosts: [a, b]\npaths: []\n");
  files.add("/nginx.conf", "http { server { listen 80; } } # hosts paths\n");
  const struct {
    std::string_view path;
    bool is_h2o;
  } rows[] = {{"/etc/h2o/h2o.conf", true}, {"/etc/h2o", true}, {"/etc/h2o/", true}, {"/srv", true},
              {"/other", false},           {"/nginx.conf", false}, {"/missing", false}};
  for (const auto& row : rows) EXPECT_EQ(h2o_server.recognise(files, row.path), row.is_h2o) << row.path;
  for (const Server& other : all_servers()) {
    if (other.kind == ServerKind::h2o) continue;
    EXPECT_FALSE(other.recognise(files, "/etc/h2o/h2o.conf")) << other.id;
  }
}

}  // namespace
}  // namespace astray
