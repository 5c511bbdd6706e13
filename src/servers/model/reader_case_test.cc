#include "servers/model/reader_case_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "servers/model/dump.h"
#include "support/golden.h"
#include "tls/fake_certificate_source.h"

namespace astray::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view separator = "----------\n";

std::string cases_folder(const Server& server) {
  return ASTRAY_SOURCE_DIR "/src/servers/" + std::string(server.id) + "/cases";
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

  std::string read(const Server& server, std::string (*extras)(const Deployment& deployment)) {
    ReadOptions options{version_, VersionBasis::given, prefix_, defines_, files_, certificates_};
    Result<Deployment> deployment = server.read(path_, options);
    if (!deployment) return "cannot read: " + deployment.error().message + "\n";
    return dump(*deployment) + (extras != nullptr ? extras(*deployment) : "");
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

}  // namespace

std::vector<std::string> reader_cases(const Server& server) {
  std::vector<std::string> stems;
  for (const fs::directory_entry& entry : fs::directory_iterator(cases_folder(server)))
    if (entry.path().extension() == ".case") stems.push_back(entry.path().stem().string());
  std::sort(stems.begin(), stems.end());
  return stems;
}

void expect_reader_case(const Server& server, const std::string& stem,
                        std::string (*extras)(const Deployment& deployment)) {
  const std::string path = cases_folder(server) + "/" + stem + ".case";
  const std::string text = read_file(path);
  const size_t at = text.find("\n" + std::string(separator));
  const std::string input = at == std::string::npos ? text : text.substr(0, at + 1);
  expect_golden(path, input + std::string(separator) + Case(input).read(server, extras));
}

}  // namespace astray::test
