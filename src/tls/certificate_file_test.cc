#include "tls/certificate_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "support/certificates.h"
#include "support/exact_buffer.h"
#include "support/temporary_folder.h"

namespace astray::certificate_file_test {
namespace {

using namespace std::string_literals;
using test::CertificateBuilder;
using test::TemporaryFolder;
using test::TestCertificate;

const TestCertificate& site() {
  static const TestCertificate made =
      CertificateBuilder().names({"www.example.com"}).common_name("www").build();
  return made;
}
const TestCertificate& authority() {
  static const TestCertificate made = CertificateBuilder().common_name("Test CA").authority().build();
  return made;
}

CertificateResult read(std::string_view bytes) {
  return read_certificate_bytes(test::ExactBuffer(bytes).view(), "/etc/ssl/site.pem");
}

std::string chain_of(int length) {
  std::string pem = site().pem();
  for (int i = 1; i < length; ++i) pem += authority().pem();
  return pem;
}

TEST(ReadCertificate, TakesTheFirstAsTheLeafAndCountsTheChain) {
  struct Case {
    std::string bytes;
    int chain_length;
  };
  for (const Case& c : {
           Case{site().pem(), 1},
           Case{site().der(), 1},
           Case{chain_of(3), 3},
           Case{chain_of(100), 100},
           Case{site().pem("X509 CERTIFICATE"), 1},
           Case{site().trusted_pem(), 1},
           Case{site().trusted_pem() + authority().pem(), 2},
           Case{site().pem() + authority().trusted_pem(), 1},  // passed over, as PEM_read_bio_X509 does
           Case{site().key_pem() + site().pem(), 1},
           Case{site().pem() + site().encrypted_key_pem(), 1},
           Case{"Bag Attributes\n  friendlyName: site\n" + site().pem(), 1},
           Case{"\xEF\xBB\xBF" + site().pem(), 1},  // OpenSSL 3.0 and later
           Case{"\n\n# our site\n" + site().pem() + "\n", 1},
       }) {
    auto certificate = read(c.bytes);
    ASSERT_TRUE(certificate) << certificate.error().message;
    EXPECT_EQ((*certificate)->chain_length, c.chain_length) << c.bytes;
    EXPECT_EQ((*certificate)->names[0].text(), "www.example.com");
    EXPECT_EQ((*certificate)->names.size(), 1U);
  }
}

TEST(ReadCertificate, ExplainsEachProblem) {
  using enum CertificateProblem;
  std::string half = site().pem().substr(0, site().pem().size() / 2);
  std::string broken = test::pem_block("CERTIFICATE", site().der().substr(0, 100));
  struct Case {
    std::string bytes;
    CertificateProblem problem;
    std::string message;  ///< a part of it
  };
  for (const Case& c : {
           Case{"", empty, "/etc/ssl/site.pem is empty. Expected a certificate: PEM"},
           Case{"\n  \n# nothing\n", empty, "is empty"},
           Case{"hello\n", not_a_certificate, "holds no certificate. Expected"},
           Case{"\0\0\0\0"s, not_a_certificate, "holds no certificate"},
           Case{half, malformed,
                "/etc/ssl/site.pem:1: the block \"CERTIFICATE\" has no END line; the file is cut short"},
           Case{test::pem_block("CERTIFICATE", "garbage"), malformed,
                "/etc/ssl/site.pem:1: a certificate begins here, but it is not the encoding"},
           Case{"-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n", malformed, "is not base64"},
           Case{site().pem() + "\n" + broken, malformed, "a certificate begins here"},
           Case{broken + site().pem(), malformed, "/etc/ssl/site.pem:1: a certificate begins here"},
           Case{site().der().substr(0, 50), malformed, "/etc/ssl/site.pem: a certificate begins here"},
           Case{site().key_pem(), only_private_key, "Are the two paths interchanged?"},
           Case{site().key_der(), only_private_key, "holds a private key and no certificate"},
           Case{site().encrypted_key_pem(), encrypted, "holds an encrypted private key and no certificate"},
           Case{site().old_encrypted_key_pem(), encrypted, "holds an encrypted private key"},
           Case{site().pkcs12(), encrypted, "PKCS#12 container"},
           Case{site().request_pem(), not_a_certificate, "holds CERTIFICATE REQUEST and no certificate"},
           Case{site().request_der(), not_a_certificate, "is a certificate request (CSR)"},
           Case{test::pem_block("CERTIFICATE", site().request_der()), not_a_certificate,
                "is a certificate request"},
           Case{test::pem_block("PUBLIC KEY", "x") + test::pem_block("X509 CRL", "x"), not_a_certificate,
                "holds PUBLIC KEY, X509 CRL and no certificate"},
           Case{"\xFF\xFE-\0-\0"s, not_a_certificate, "UTF-16"},
           Case{"    " + site().pem(), not_a_certificate, "blanks before its BEGIN line"},
           Case{chain_of(101), too_large, "more than 100 certificates"},
       }) {
    auto refused = read(c.bytes);
    ASSERT_FALSE(refused) << c.message;
    EXPECT_EQ(refused.error().problem, c.problem) << refused.error().message;
    EXPECT_EQ(refused.error().path, "/etc/ssl/site.pem");
    EXPECT_NE(refused.error().message.find(c.message), std::string::npos) << refused.error().message;
    EXPECT_TRUE(refused.error().message.ends_with('.') || refused.error().message.ends_with('?'));
  }
}

TEST(ReadCertificate, NamesTheLineOfABrokenLinkInTheChain) {
  auto refused = read(site().pem() + test::pem_block("CERTIFICATE", "garbage"));
  std::string lines = site().pem();
  auto line = std::count(lines.begin(), lines.end(), '\n') + 1;
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.starts_with("/etc/ssl/site.pem:" + std::to_string(line) + ": "))
      << refused.error().message;
}

TEST(ReadCertificateFile, ReadsAFile) {
  TemporaryFolder folder;
  auto certificate = read_certificate_file(folder.write("site.pem", chain_of(2)));
  ASSERT_TRUE(certificate) << certificate.error().message;
  EXPECT_EQ((*certificate)->chain_length, 2);
}

TEST(ReadCertificateFile, ExplainsWhatCannotBeOpened) {
  using enum CertificateProblem;
  TemporaryFolder folder;
  std::filesystem::create_directory(folder.path_of("folder"));
  std::filesystem::create_symlink("nowhere", folder.path_of("dangling"));
  std::filesystem::create_symlink("loop", folder.path_of("loop"));
  ASSERT_EQ(::mkfifo(folder.path_of("pipe").c_str(), 0600), 0);
  folder.write("file", "x");

  struct Case {
    std::string name;
    CertificateProblem problem;
    std::string message;
  };
  for (const Case& c : {
           Case{"absent", missing, "There is no certificate file"},
           Case{"dangling", missing, "There is no certificate file"},
           Case{"file/below", missing, "There is no certificate file"},
           Case{"folder", unreadable, "is a folder. Expected a file"},
           Case{"pipe", unreadable, "is a device, pipe or socket"},
           Case{"loop", unreadable, "cannot be opened"},
           Case{std::string(300, 'x'), unreadable, "cannot be opened"},
           Case{"a\0b"s, missing, "NUL byte"},
       }) {
    auto refused = read_certificate_file(folder.path_of(c.name));
    ASSERT_FALSE(refused) << c.name;
    EXPECT_EQ(refused.error().problem, c.problem) << refused.error().message;
    EXPECT_NE(refused.error().message.find(c.message), std::string::npos) << refused.error().message;
  }
  auto device = read_certificate_file("/dev/zero");
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().problem, unreadable);
}

TEST(ReadCertificateFile, SaysThatItMayNotRead) {
  TemporaryFolder folder;
  std::string path = folder.write("site.pem", site().pem());
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  bool is_root = ::geteuid() == 0;  // who may read everything
  constexpr uid_t nobody = 65534;
  if (is_root) {
    ASSERT_EQ(::seteuid(nobody), 0);
  }
  auto refused = read_certificate_file(path);
  if (is_root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().problem, CertificateProblem::unreadable);
  EXPECT_NE(refused.error().message.find("may not be read by this user"), std::string::npos);
}

TEST(ReadCertificateFile, DoesNotReadHugeFiles) {
  TemporaryFolder folder;
  std::string path = folder.write("huge.pem", site().pem());
  ASSERT_EQ(::truncate(path.c_str(), 200'000'000), 0);
  auto refused = read_certificate_file(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().problem, CertificateProblem::too_large);
  EXPECT_NE(refused.error().message.find("larger than 1024 KiB"), std::string::npos)
      << refused.error().message;

  std::string padding(max_certificate_file_bytes - site().pem().size(), '\n');
  EXPECT_TRUE(read_certificate_file(folder.write("limit.pem", site().pem() + padding)));
  EXPECT_FALSE(read_certificate_file(folder.write("beyond.pem", site().pem() + padding + "\n")));
}

TEST(ReadCertificateFile, ReadsTenThousandNames) {
  CertificateBuilder builder;
  for (int i = 0; i < 10000; ++i) builder.dns("name-" + std::to_string(i) + ".customers.example.com");
  TemporaryFolder folder;
  auto certificate = read_certificate_file(folder.write("many.pem", builder.build().pem()));
  ASSERT_TRUE(certificate) << certificate.error().message;
  EXPECT_EQ((*certificate)->names.size(), 10000U);
}

TEST(ReadCertificateFile, OpensNothingForWhatIsNoPath) {
  struct Case {
    std::string path, shown;
  };
  for (const Case& c : {
           Case{"engine:pkcs11:token=x;pin-value=1234", "engine:…"},
           Case{"data:-----BEGIN CERTIFICATE-----", "data:…"},
           Case{"store:pkcs11:token=x", "store:…"},
           Case{"pkcs11:object=site?pin-value=1234", "pkcs11:…"},
           Case{"/etc/ssl/$ssl_server_name.pem", "/etc/ssl/$ssl_server_name.pem"},
       }) {
    for (const auto& read_it : std::initializer_list<std::function<CertificateError(const std::string&)>>{
             [](const std::string& path) { return read_certificate_file(path).error(); },
             [](const std::string& path) { return read_authorities_file(path).error(); },
             [](const std::string& path) { return read_authority_directory(path).error(); }}) {
      CertificateError error = read_it(c.path);
      EXPECT_EQ(error.problem, CertificateProblem::url_or_engine) << c.path;
      EXPECT_EQ(error.path, c.shown);
      EXPECT_EQ(error.message.find("1234"), std::string::npos) << "a PIN is not for reports";
    }
  }
  EXPECT_EQ(read_certificate_file("").error().problem, CertificateProblem::missing);
}

}  // namespace
}  // namespace astray::certificate_file_test
