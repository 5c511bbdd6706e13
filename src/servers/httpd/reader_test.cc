#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "servers/httpd/httpd.h"
#include "servers/model/reader_case_test.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

namespace fs = std::filesystem;

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

class HttpdReader : public testing::TestWithParam<std::string> {};

TEST_P(HttpdReader, ReadsTheCase) {
  test::expect_reader_case(httpd_server, GetParam(), extras);
}

INSTANTIATE_TEST_SUITE_P(Cases, HttpdReader, testing::ValuesIn(test::reader_cases(httpd_server)),
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
