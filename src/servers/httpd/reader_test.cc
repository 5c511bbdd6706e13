// Each file of cases/ is one configuration and what the reader makes of it: lines of set-up, files behind
// "=== PATH", a line of ten dashes, and the deployment as dump() prints it (or the error). ASTRAY_UPDATE=1
// rewrites what stands behind the dashes: review the difference.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "servers/httpd/httpd.h"
#include "servers/model/dump.h"
#include "support/golden.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view separator = "----------\n";

std::string cases_folder() {
  return ASTRAY_SOURCE_DIR "/src/servers/httpd/cases";
}

std::vector<std::string> all_cases() {
  std::vector<std::string> stems;
  for (const fs::directory_entry& entry : fs::directory_iterator(cases_folder()))
    if (entry.path().extension() == ".case") stems.push_back(entry.path().stem().string());
  std::sort(stems.begin(), stems.end());
  return stems;
}

/// Settings of httpd that dump() does not know.
std::string extras(const Deployment& deployment) {
  std::string text;
  for (size_t i = 0; i < deployment.virtual_hosts.size(); ++i) {
    const HttpdSettings& settings = deployment.virtual_hosts[i].httpd;
    std::string line;
    if (settings.http1_preferred) line += " http1_preferred";
    if (settings.lenient_host) line += " lenient_host";
    if (settings.strict_host_check) line += " strict_host_check";
    if (settings.root_client_authentication.stated())
      line +=
          " root_client_authentication=" + std::string(to_string(settings.root_client_authentication.value));
    if (!line.empty()) text += "httpd #" + std::to_string(i) + line + "\n";
  }
  return text;
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
    ReadOptions options{version_, VersionBasis::given, prefix_, defines_, files_, certificates_};
    Result<Deployment> deployment = httpd_server.read(path_, options);
    return deployment ? dump(*deployment) + extras(*deployment)
                      : "cannot read: " + deployment.error().message + "\n";
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
    if (keyword == "define") defines_.push_back(path);
    std::vector<std::string> names;
    for (std::string name; words >> name;) names.push_back(name);
    if (keyword == "certificate") certificates_.declare(path, names);
    if (keyword == "authorities") certificates_.declare_authorities(path, names);
  }

  std::string path_;
  std::string prefix_;
  std::vector<std::string> defines_;
  std::optional<Version> version_;
  MemoryFiles files_;
  FakeCertificateSource certificates_;
};

class HttpdReader : public testing::TestWithParam<std::string> {};

TEST_P(HttpdReader, ReadsTheCase) {
  const std::string path = cases_folder() + "/" + GetParam() + ".case";
  const std::string text = test::read_file(path);
  const size_t at = text.find("\n" + std::string(separator));
  const std::string input = at == std::string::npos ? text : text.substr(0, at + 1);
  const std::string output = Case(input).read();
  test::expect_golden(path, input + std::string(separator) + output);
}

INSTANTIATE_TEST_SUITE_P(Cases, HttpdReader, testing::ValuesIn(all_cases()),
                         [](const testing::TestParamInfo<std::string>& one) { return one.param; });

TEST(HttpdReaderOnDisk, TakesRelativePaths) {
  const fs::path before = fs::current_path();
  const fs::path root = fs::path(testing::TempDir()) / ("astray_httpd_" + std::to_string(getpid()));
  fs::create_directories(root / "conf/sites");
  std::ofstream(root / "conf/httpd.conf") << "Listen 80\nInclude conf/sites/*.conf\n";
  std::ofstream(root / "conf/sites/a.conf") << "<VirtualHost *:80>\nServerName a.test\n</VirtualHost>\n";
  fs::current_path(root);
  for (const char* path : {"conf/httpd.conf", "conf", ".", "./conf/"}) {
    DiskFiles files;
    FakeCertificateSource certificates;
    ReadOptions options{std::nullopt, VersionBasis::given, "", {}, files, certificates};
    Result<Deployment> deployment = httpd_server.read(path, options);
    ASSERT_TRUE(deployment.has_value()) << path;
    EXPECT_TRUE(deployment->problems.empty()) << path << ": " << deployment->problems.front().message;
    ASSERT_EQ(deployment->virtual_hosts.size(), 1U) << path;
    EXPECT_EQ(deployment->files.describe(deployment->virtual_hosts[0].span), "conf/sites/a.conf:1:1");
  }
  fs::current_path(before);
  fs::remove_all(root);
}

}  // namespace
}  // namespace astray
