// Sets of authorities, from files and from folders.
#include <gtest/gtest.h>

#include <filesystem>

#include "support/certificates.h"
#include "support/temporary_folder.h"
#include "tls/certificate_file.h"

namespace astray::authorities_test {
namespace {

using test::CertificateBuilder;
using test::TemporaryFolder;
using test::TestCertificate;

TestCertificate made(std::string_view name, int serial = 1) {
  return CertificateBuilder().common_name(name).authority().serial(serial).build();
}

std::shared_ptr<const CertificateAuthorities> read(const std::string& bytes) {
  return read_authorities_bytes(bytes, "/etc/ssl/ca.pem").value();
}

TEST(ReadAuthorities, ComparesByContentWhateverTheOrder) {
  TestCertificate a = made("A"), b = made("B"), renewed = made("A", 2);
  auto both = read(a.pem() + b.pem());
  EXPECT_EQ(both->subjects, (std::vector<std::string>{"CN=A", "CN=B"}));
  EXPECT_EQ(both->count, 2);
  EXPECT_EQ(*both, *read(b.pem() + "# a comment\n" + a.pem() + b.pem()));
  EXPECT_EQ(*both, *read(b.trusted_pem() + a.pem("X509 CERTIFICATE")));
  EXPECT_EQ(read(b.pem() + a.pem() + b.pem())->count, 2);
  EXPECT_EQ(*read(a.pem()), *read(a.der()));
  EXPECT_NE(*both, *read(a.pem()));
  EXPECT_NE(*read(a.pem()), *read(b.pem()));
  EXPECT_NE(*read(a.pem()), *read(renewed.pem())) << "the same subject, another certificate";
}

TEST(ReadAuthorities, ReadsBundlesBeyondTheLimitOfAChain) {
  std::string bundle;
  for (int i = 0; i < 150; ++i) bundle += made("CA " + std::to_string(i)).pem();
  bundle += std::string(max_certificate_file_bytes, '\n');
  EXPECT_EQ(read(bundle)->count, 150);
}

TEST(ReadAuthorities, ReadsDebiansBundle) {
  std::string path = "/etc/ssl/certs/ca-certificates.crt";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "the package ca-certificates is not installed";
  auto bundle = read_authorities_file(path);
  ASSERT_TRUE(bundle) << bundle.error().message;
  EXPECT_GT((*bundle)->count, 50);
  auto folder = read_authority_directory("/etc/ssl/certs");
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_GE((*folder)->count, (*bundle)->count) << "Debian links every certificate of the bundle there";
}

TEST(ReadAuthorities, RefusesFilesWithoutOrWithBrokenCertificates) {
  using enum CertificateProblem;
  EXPECT_EQ(read_authorities_bytes("", "/ca").error().problem, empty);
  EXPECT_EQ(read_authorities_bytes(made("A").key_pem(), "/ca").error().problem, only_private_key);
  auto broken = read_authorities_bytes(made("A").pem() + test::pem_block("CERTIFICATE", "x"), "/ca");
  EXPECT_EQ(broken.error().problem, malformed);
  EXPECT_EQ(read_authorities_file("/nonexistent/ca.pem").error().problem, missing);
}

TEST(ReadAuthorityDirectory, TakesTheFilesThatAreLookedUp) {
  TestCertificate a = made("A"), b = made("B"), unhashed = made("C");
  TemporaryFolder folder;
  folder.write("stored/b.crt", b.pem());
  folder.write(a.hashed_name(), a.pem());
  std::filesystem::create_symlink("stored/b.crt", folder.path_of(b.hashed_name()));
  folder.write("unhashed.pem", unhashed.pem());
  folder.write("1a2b3c4d.r0", "a revocation list");
  folder.write("README", "text");

  auto authorities = read_authority_directory(folder.path());
  ASSERT_TRUE(authorities) << authorities.error().message;
  EXPECT_EQ(**authorities, *read(a.pem() + b.pem()));
}

TEST(ReadAuthorityDirectory, ExplainsProblems) {
  using enum CertificateProblem;
  TemporaryFolder folder;
  auto nothing = read_authority_directory(folder.path());
  EXPECT_EQ(nothing.error().problem, empty);
  EXPECT_NE(nothing.error().message.find("is empty"), std::string::npos) << nothing.error().message;

  folder.write("ca.pem", made("A").pem());
  auto unhashed = read_authority_directory(folder.path());
  EXPECT_EQ(unhashed.error().problem, empty);
  EXPECT_NE(unhashed.error().message.find("openssl rehash"), std::string::npos) << unhashed.error().message;

  EXPECT_EQ(read_authority_directory(folder.path_of("absent")).error().problem, missing);
  EXPECT_EQ(read_authority_directory(folder.path_of("ca.pem")).error().problem, unreadable);

  std::string key = folder.write("1a2b3c4d.0", made("A").key_pem());
  auto wrong = read_authority_directory(folder.path());
  EXPECT_EQ(wrong.error().problem, only_private_key);
  EXPECT_EQ(wrong.error().path, key);
}

}  // namespace
}  // namespace astray::authorities_test
