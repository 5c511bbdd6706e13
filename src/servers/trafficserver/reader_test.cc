#include <gtest/gtest.h>

#include "servers/model/reader_case_test.h"
#include "servers/trafficserver/trafficserver.h"

namespace astray {
namespace {

class TrafficServerReader : public testing::TestWithParam<std::string> {};

TEST_P(TrafficServerReader, ReadsTheCase) {
  test::expect_reader_case(trafficserver_server, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cases, TrafficServerReader, testing::ValuesIn(test::reader_cases(trafficserver_server)),
                         [](const testing::TestParamInfo<std::string>& one) { return one.param; });

TEST(TrafficServerRecognise, TellsItsOwnConfigurationsFromOthers) {
  MemoryFiles files;
  files.add("/etc/trafficserver/records.config", "CONFIG proxy.config.http.server_ports STRING 443:ssl\n");
  files.add("/etc/trafficserver/remap.config", "map https://a.test/ http://127.0.0.1/\n");
  files.add("/ten/records.yaml", "records:\n  http:\n    server_ports: 443:ssl\n");
  files.add("/rules/remap.config", "map https://a.test/ http://127.0.0.1/\n");
  files.add("/other/records.yaml", "entries: [a, b]\n");
  files.add("/other/remap.txt", "map https://a.test/ http://127.0.0.1/\n");
  const struct {
    std::string_view path;
    bool is_ours;
  } rows[] = {{"/etc/trafficserver/records.config", true}, {"/etc/trafficserver", true}, {"/etc/trafficserver/", true},
              {"/ten", true}, {"/ten/records.yaml", true}, {"/rules", true}, {"/rules/remap.config", true},
              {"/other", false}, {"/other/remap.txt", false}, {"/missing", false}};
  for (const auto& row : rows) EXPECT_EQ(trafficserver_server.recognise(files, row.path), row.is_ours) << row.path;
  for (const Server& other : all_servers()) {
    if (other.kind == ServerKind::trafficserver) continue;
    for (const char* path : {"/etc/trafficserver", "/etc/trafficserver/records.config", "/ten/records.yaml"})
      EXPECT_FALSE(other.recognise(files, path)) << other.id << " " << path;
  }
}

}  // namespace
}  // namespace astray
