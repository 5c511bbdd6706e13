// Each file of cases/ is one configuration and what the reader makes of it: lines of set-up, files behind
// "=== PATH", a line of ten dashes, and the deployment as dump() prints it (or the error). ASTRAY_UPDATE=1
// rewrites what stands behind the dashes: review the difference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "servers/model/dump.h"
#include "servers/nginx/nginx.h"
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

}  // namespace
}  // namespace astray
