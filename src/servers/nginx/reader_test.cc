// Each file of cases/ is one configuration and what the reader makes of it: lines of set-up, files behind
// "=== PATH", a line of ten dashes, and the deployment as dump() prints it (or the error). ASTRAY_UPDATE=1
// rewrites what stands behind the dashes: review the difference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "servers/model/dump.h"
#include "servers/nginx/nginx.h"
#include "servers/nginx/parser.h"
#include "support/golden.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view separator = "----------\n";

std::string cases_folder() {
  return ASTRAY_SOURCE_DIR "/src/servers/nginx/cases";
}

std::vector<std::string> all_cases() {
  std::vector<std::string> stems;
  for (const fs::directory_entry& entry : fs::directory_iterator(cases_folder()))
    if (entry.path().extension() == ".case") stems.push_back(entry.path().stem().string());
  std::sort(stems.begin(), stems.end());
  return stems;
}

/// The input half of a case.
class Case {
 public:
  explicit Case(std::string_view input) {
    std::istringstream lines{std::string(input)};
    std::string path;
    std::string text;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("=== ")) {
        add_file(path, text);
        path = line.substr(4);
        text.clear();
        if (path_.empty()) path_ = path;
      } else if (path.empty()) {
        set_up(line);
      } else {
        text += unescape(line) + "\n";
      }
    }
    add_file(path, text);
  }

  std::string read() {
    ReadOptions options{version_, VersionBasis::given, prefix_, {}, files_, certificates_};
    Result<Deployment> deployment = nginx_server.read(path_, options);
    return deployment ? dump(*deployment) : "cannot read: " + deployment.error().message + "\n";
  }

 private:
  void add_file(const std::string& path, const std::string& text) {
    if (!path.empty()) files_.add(path, text);
  }

  // \xNN for bytes that a fixture should not hold as they are.
  static std::string unescape(const std::string& line) {
    std::string out;
    for (size_t i = 0; i < line.size(); ++i) {
      if (line.compare(i, 2, "\\x") == 0 && i + 3 < line.size()) {
        out += static_cast<char>(std::stoi(line.substr(i + 2, 2), nullptr, 16));
        i += 3;
      } else {
        out += line[i];
      }
    }
    return out;
  }

  void set_up(const std::string& line) {
    std::istringstream words(line);
    std::string keyword;
    std::string path;
    words >> keyword >> path;
    if (keyword == "version") version_ = Version::parse(path);
    if (keyword == "read") path_ = path;
    if (keyword == "prefix") prefix_ = path;
    std::vector<std::string> names;
    for (std::string name; words >> name;) names.push_back(name);
    if (keyword == "certificate") certificates_.declare(path, names);
    if (keyword == "authorities") certificates_.declare_authorities(path, names);
  }

  std::string path_;
  std::string prefix_;
  std::optional<Version> version_;
  MemoryFiles files_;
  FakeCertificateSource certificates_;
};

class NginxReader : public testing::TestWithParam<std::string> {};

TEST_P(NginxReader, ReadsTheCase) {
  const std::string path = cases_folder() + "/" + GetParam() + ".case";
  const std::string text = test::read_file(path);
  const size_t at = text.find("\n" + std::string(separator));
  const std::string input = at == std::string::npos ? text : text.substr(0, at + 1);
  const std::string output = Case(input).read();
  test::expect_golden(path, input + std::string(separator) + output);
}

INSTANTIATE_TEST_SUITE_P(Cases, NginxReader, testing::ValuesIn(all_cases()),
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
