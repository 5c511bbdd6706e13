#include "tls/file_certificate_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "support/certificates.h"
#include "support/temporary_folder.h"

namespace astray::file_certificate_source_test {
namespace {

using test::CertificateBuilder;
using test::TemporaryFolder;
using test::TestCertificate;

TestCertificate made(std::string_view name) {
  return CertificateBuilder().dns(name).build();
}

TEST(FileCertificateSource, SharesEqualCertificates) {
  TemporaryFolder folder;
  TestCertificate a = made("a.example");
  std::string first = folder.write("first.pem", a.pem());
  std::string copy = folder.write("copy.pem", "# another comment\n" + a.pem());
  std::string der = folder.write("copy.der", a.der());
  std::string longer = folder.write("longer.pem", a.pem() + made("ca.example").pem());
  std::string other = folder.write("other.pem", made("b.example").pem());

  FileCertificateSource source;
  auto certificate = source.load(first).value();
  EXPECT_EQ(source.load(first).value(), certificate);
  EXPECT_EQ(source.load(copy).value(), certificate);
  EXPECT_EQ(source.load(der).value(), certificate);
  EXPECT_NE(source.load(longer).value(), certificate) << "its chain is another one";
  EXPECT_NE(source.load(other).value(), certificate);
}

TEST(FileCertificateSource, OpensEachPathOnce) {
  TemporaryFolder folder;
  std::string path = folder.write("a.pem", made("a.example").pem());
  std::string absent = folder.path_of("absent.pem");
  FileCertificateSource source;
  auto before = source.load(path).value();
  EXPECT_FALSE(source.load(absent));

  folder.write("a.pem", made("b.example").pem());
  folder.write("absent.pem", made("c.example").pem());
  EXPECT_EQ(source.load(path).value(), before);
  EXPECT_FALSE(source.load(absent)) << "one report speaks of one state";
  EXPECT_EQ(FileCertificateSource().load(path).value()->names[0].text(), "b.example");
}

TEST(FileCertificateSource, PreloadsWithAllCoresAsLoadDoesAlone) {
  constexpr int files = 500;
  TemporaryFolder folder;
  std::vector<std::string> paths;
  std::string pem;
  for (int i = 0; i < files; ++i) {
    if (i % 2 == 0) pem = made("n" + std::to_string(i / 2) + ".example").pem();  // each under two paths
    paths.push_back(folder.write(std::to_string(i) + ".pem", i % 50 == 7 ? "garbage" : pem));
  }
  paths.push_back(folder.path_of("absent.pem"));
  paths.push_back(paths[0]);

  FileCertificateSource together;
  together.preload(paths);
  std::filesystem::remove_all(folder.path());  // whatever is asked for now has been read

  for (int i = 0; i < files; ++i) {
    auto loaded = together.load(paths[i]);
    if (i % 50 == 7) {
      ASSERT_FALSE(loaded);
      EXPECT_EQ(loaded.error().problem, CertificateProblem::not_a_certificate);
      EXPECT_EQ(loaded.error().path, paths[i]);
      continue;
    }
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ((*loaded)->names[0].text(), "n" + std::to_string(i / 2) + ".example");
  }
  EXPECT_EQ(together.load(paths[0]).value(), together.load(paths[1]).value());
  EXPECT_EQ(together.load(folder.path_of("absent.pem")).error().problem, CertificateProblem::missing);
}

TEST(FileCertificateSource, KeepsWhatItHasWhenPreloadingMore) {
  TemporaryFolder folder;
  std::string a = folder.write("a.pem", made("a.example").pem());
  std::string b = folder.write("b.pem", made("b.example").pem());
  FileCertificateSource source;
  auto before = source.load(a).value();
  source.preload({a, b, a});
  source.preload({});
  EXPECT_EQ(source.load(a).value(), before);
  EXPECT_TRUE(source.load(b));
}

TEST(FileCertificateSource, KeepsAuthorities) {
  TemporaryFolder folder;
  TestCertificate authority = CertificateBuilder().common_name("CA").authority().build();
  std::string file = folder.write("ca.pem", authority.pem());
  folder.write("hashed/" + authority.hashed_name(), authority.pem());
  FileCertificateSource source;
  auto from_file = source.load_authorities(file).value();
  auto from_folder = source.load_authority_directory(folder.path_of("hashed")).value();
  EXPECT_EQ(*from_file, *from_folder);
  EXPECT_EQ(source.load_authorities(file).value(), from_file);
  EXPECT_EQ(source.load_authority_directory(folder.path_of("hashed")).value(), from_folder);
  EXPECT_FALSE(source.load_authorities(folder.path_of("hashed"))) << "a folder is no file";
  EXPECT_FALSE(source.load_authority_directory(file));
}

TEST(CertificateProblem, EachHasATextOfItsOwn) {
  std::vector<std::string_view> texts;
  for (int i = 0; i <= static_cast<int>(CertificateProblem::url_or_engine); ++i) {
    std::string_view text = to_string(static_cast<CertificateProblem>(i));
    EXPECT_FALSE(text.empty()) << i;
    EXPECT_EQ(std::count(texts.begin(), texts.end(), text), 0) << text;
    texts.push_back(text);
  }
}

}  // namespace
}  // namespace astray::file_certificate_source_test
