#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "servers/model/dump.h"
#include "servers/model/reader_case_test.h"
#include "servers/nginx/nginx.h"
#include "servers/nginx/parser.h"
#include "support/golden.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

namespace fs = std::filesystem;

class NginxReader : public testing::TestWithParam<std::string> {};

TEST_P(NginxReader, ReadsTheCase) {
  test::expect_reader_case(nginx_server, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cases, NginxReader, testing::ValuesIn(test::reader_cases(nginx_server)),
                         [](const testing::TestParamInfo<std::string>& one) { return one.param; });

TEST(NginxRecognise, TellsItsOwnConfigurationsFromOthers) {
  MemoryFiles files;
  files.add("/etc/nginx/nginx.conf", "user x;\nevents { }\nhttp { }\n");
  files.add("/dump", "nginx: the configuration file /a syntax is ok\n# configuration file /a:\nhttp { }\n");
  files.add("/site", "# a site\nserver {\n  listen 80;\n}\n");
  files.add("/apache2.conf",
            "ServerRoot /etc\n<VirtualHost *:80>\n  RewriteCond %{HTTP_HOST} x\n</VirtualHost>\n");
  files.add("/haproxy.cfg", "frontend x\n  bind *:443\n  use_backend %[req.ssl_sni]\n");
  files.add("/Caddyfile", "example.com {\n  reverse_proxy localhost:1\n}\n");
  files.add("/empty", "");
  files.add("/fragments/a.conf", "upstream x { server y; }");
  files.add("/other/a.conf", "key = value\n");
  files.add("/copy/etc/nginx/nginx.conf", "");
  const struct {
    std::string_view path;
    bool is_nginx;
  } rows[] = {{"/etc/nginx/nginx.conf", true},
              {"/etc/nginx", true},
              {"/etc/nginx/", true},
              {"/dump", true},
              {"/site", true},
              {"/apache2.conf", false},
              {"/haproxy.cfg", false},
              {"/Caddyfile", false},
              {"/empty", false},
              {"/fragments", true},
              {"/other", false},
              {"/copy", true},
              {"/nowhere", false}};
  for (const auto& row : rows) EXPECT_EQ(nginx_server.recognise(files, row.path), row.is_nginx) << row.path;
}

// A page of text for each kind of hopeless input: it must be told, and end.
TEST(NginxReader, SurvivesRunawayInput) {
  FakeCertificateSource certificates;
  const auto problems_of = [&](const std::map<std::string, std::string>& texts) {
    MemoryFiles files;
    for (const auto& [path, text] : texts) files.add(path, text);
    const ReadOptions options{std::nullopt, VersionBasis::assumed, "", {}, files, certificates};
    const Result<Deployment> deployment = nginx_server.read("/n/nginx.conf", options);
    return deployment ? deployment->problems.size() : size_t{0};
  };
  std::string deep = "http { server { listen 80; ";
  for (int i = 0; i < 100'000; ++i) deep += "location / {";
  EXPECT_GT(problems_of({{"/n/nginx.conf", deep}}), 0u);
  EXPECT_GT(problems_of({{"/n/nginx.conf", "http { server { listen 80;" + std::string(1'000'000, '}')}}), 0u);
}

TEST(NginxParser, CountsInclusions) {
  // Each file includes the next twice: 2^40 inclusions.
  MemoryFiles files;
  for (int i = 0; i < 40; ++i)
    files.add("/n/" + std::to_string(i),
              "include " + std::to_string(i + 1) + "; include " + std::to_string(i + 1) + ";");
  files.add("/n/40", "");
  SourceFiles names;
  nginx::Problems problems;
  nginx::ConfigFiles texts(files, names, problems);
  nginx::DirectiveTree tree;
  nginx::ParseLimits limits;
  limits.files = 1000;
  ASSERT_TRUE(nginx::parse_configuration(texts, "/n/0", "/n", problems, tree, limits));
  const std::vector<ReadProblem> reported = problems.take();
  ASSERT_FALSE(reported.empty());
  EXPECT_EQ(reported.front().message, "more than 1000 files, inclusions counted: the rest is left out");
}

}  // namespace
}  // namespace astray
