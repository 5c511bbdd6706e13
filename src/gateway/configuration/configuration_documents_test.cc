// What is written about the configuration elsewhere: schema, reference, examples.
#include <fstream>

#include <gtest/gtest.h>

#include "gateway/configuration/check_configuration.h"
#include "gateway/configuration/configuration_reference.h"
#include "gateway/configuration/configuration_schema.h"
#include "gateway/configuration/print_configuration.h"
#include "gateway/configuration/read_configuration.h"
#include "support/golden.h"
#include "tls/fake_certificate_source.h"

namespace astray::gateway {
namespace {

const std::string root = ASTRAY_SOURCE_DIR;

std::string problems_text(const std::vector<ConfigurationProblem>& problems) {
  std::string text;
  for (const ConfigurationProblem& problem : problems) text += describe(problem, "f") + "\n";
  return text;
}

TEST(ConfigurationDocuments, TheSchemaIsThatOfTheReader) {
  test::expect_golden(root + "/docs/schema/gateway.schema.json", configuration_schema());
}

TEST(ConfigurationDocuments, TheReferenceIsThatOfTheReader) {
  const std::string path = root + "/docs/gateway-configuration.md";
  const std::string page = test::read_file(path);
  const std::string heading = "\n## Every key\n\n";
  const size_t at = page.find(heading);
  ASSERT_NE(at, std::string::npos);
  test::expect_golden(path, page.substr(0, at) + heading + configuration_reference());
}

TEST(ConfigurationDocuments, TheReferenceShowsTheMinimalExample) {
  std::string example = test::read_file(root + "/examples/gateway/minimal.yaml");
  example = example.substr(example.find('\n') + 1);
  EXPECT_NE(test::read_file(root + "/docs/gateway-configuration.md").find("```yaml\n" + example + "```"),
            std::string::npos);
}

// tests/gateway/check_schema.py asks the schema about the same lines.
TEST(ConfigurationDocuments, SchemaAndReaderJudgeAlike) {
  std::ifstream cases(root + "/tests/gateway/configuration_cases.txt");
  ASSERT_TRUE(cases);
  int judged = 0;
  for (std::string line; std::getline(cases, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const bool good = line.starts_with("good ");
    ASSERT_TRUE(good || line.starts_with("bad ")) << line;
    const auto read = read_configuration(line.substr(line.find(' ')), "");
    EXPECT_EQ(!has_errors(read.problems), good) << line << "\n" << problems_text(read.problems);
    ++judged;
  }
  EXPECT_GT(judged, 50);
}

/// The files that the examples name.
FakeCertificateSource& declare_examples(FakeCertificateSource& source) {
  const std::string tls = root + "/examples/gateway/tls/";
  source.declare(root + "/examples/gateway/www.example.com.pem", {"www.example.com"});
  DeclaredCertificate www;
  www.names = {"www.example.com", "*.static.example.com", "192.0.2.80"};
  source.declare(tls + "www-ecdsa.pem", www);
  www.key_type = KeyType::rsa;
  source.declare(tls + "www-rsa.pem", www);
  source.declare(tls + "accounts.pem", {"accounts.example.com"});
  source.declare(tls + "gateway.pem", {"gateway.example.com"});
  source.declare_authorities(tls + "people.pem", {"CN=People"});
  source.declare_authorities(tls + "inside.pem", {"CN=Inside"});
  return source;
}

TEST(ConfigurationDocuments, TheExamplesAreGood) {
  FakeCertificateSource source;
  declare_examples(source);
  for (const std::string name : {"minimal", "full"}) {
    const auto read = read_configuration(test::read_file(root + "/examples/gateway/" + name + ".yaml"),
                                         root + "/examples/gateway");
    EXPECT_EQ(problems_text(read.problems), "") << name;
    const std::string expected =
        name == "minimal" ? ""
                          : "f:69:3: warning: virtual host laboratory: certificate_need_not_cover_names is "
                            "for laboratories; clients that follow a 421 may find a certificate that they "
                            "refuse\n"
                            "f:91:3: warning: back next_api is not verified (verify: off): whoever holds "
                            "its address may answer for it\n";
    EXPECT_EQ(problems_text(check_configuration(read.configuration, source)), expected) << name;
  }
}

TEST(ConfigurationDocuments, TheFullExampleHasEveryKey) {
  const std::string example = test::read_file(root + "/examples/gateway/full.yaml");
  const std::string reference = configuration_reference();
  for (size_t at = reference.find("\n| `"); at != std::string::npos; at = reference.find("\n| `", at + 1)) {
    const size_t begin = at + 4;
    const std::string key = reference.substr(begin, reference.find('`', begin) - begin);
    EXPECT_NE(example.find(key + ":"), std::string::npos) << key;
  }
}

TEST(ConfigurationDocuments, WhatIsPrintedReadsAsTheSame) {
  for (const std::string name : {"minimal", "full"}) {
    const auto read =
        read_configuration(test::read_file(root + "/examples/gateway/" + name + ".yaml"), "/etc/astray");
    const std::string printed = print_configuration(read.configuration);
    const auto again = read_configuration(printed, "/elsewhere");
    EXPECT_EQ(problems_text(again.problems), "") << printed;
    EXPECT_EQ(print_configuration(again.configuration), printed);
    test::expect_golden(root + "/tests/gateway/" + name + ".printed.yaml", printed);
  }
}

}  // namespace
}  // namespace astray::gateway
