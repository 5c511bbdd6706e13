#include "tls/engine/trust.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/certificates.h"
#include "support/temporary_folder.h"
#include "tls/engine/leaf_cache.h"

namespace astray::tls::trust_test {
namespace {

using test::CertificateBuilder;
using test::instant;
using test::TestCertificate;

const TestCertificate& root() {
  static const TestCertificate made = CertificateBuilder().common_name("Root").authority().build();
  return made;
}
const TestCertificate& intermediate() {
  static const TestCertificate made = CertificateBuilder()
                                          .common_name("Intermediate")
                                          .authority()
                                          .issued_by(root())
                                          .key(test::TestKey::ed25519)
                                          .build();
  return made;
}

TrustAnswer check(const std::vector<std::string>& chain, const char* host, const char* date) {
  std::vector<std::string_view> views(chain.begin(), chain.end());
  TrustStore store = TrustStore::parse(root().pem(), "root.pem").value();
  return check_trust(views, Host::parse(host).value(), store, instant(date));
}

TEST(Trust, AnswersForEachDefect) {
  TestCertificate site = CertificateBuilder().names({"a.test", "*.b.test"}).issued_by(intermediate()).build();
  TestCertificate brief = CertificateBuilder()
                              .names({"a.test"})
                              .issued_by(root())
                              .valid(instant("2026-02-01"), instant("2026-03-01"))
                              .build();
  TestCertificate alone = CertificateBuilder().names({"a.test"}).common_name("alone").build();
  struct {
    std::vector<std::string> chain;
    const char* host;
    const char* date;
    TrustProblem problem;
    const char* sentence;
  } const cases[] = {
      {{site.der(), intermediate().der()}, "a.test", "2026-06-01", TrustProblem::none, ""},
      {{site.der(), intermediate().der()}, "x.b.test", "2026-06-01", TrustProblem::none, ""},
      {{site.der(), intermediate().der()},
       "b.test",
       "2026-06-01",
       TrustProblem::wrong_host,
       "the certificate does not cover b.test"},
      {{site.der()},
       "a.test",
       "2026-06-01",
       TrustProblem::unknown_issuer,
       "unable to get local issuer certificate (certificate 1 of 1)"},
      {{brief.der()}, "a.test", "2026-02-15", TrustProblem::none, ""},
      {{brief.der()},
       "a.test",
       "2026-03-02",
       TrustProblem::expired,
       "certificate has expired (certificate 1 of 1)"},
      {{brief.der()},
       "a.test",
       "2026-01-15",
       TrustProblem::not_yet_valid,
       "certificate is not yet valid (certificate 1 of 1)"},
      {{alone.der()},
       "a.test",
       "2026-06-01",
       TrustProblem::self_signed,
       "self-signed certificate (certificate 1 of 1)"},
      {{"garbage"}, "a.test", "2026-06-01", TrustProblem::unreadable, "certificate 1 of 1 cannot be decoded"},
      {{}, "a.test", "2026-06-01", TrustProblem::unreadable, "the server sent no certificate"},
  };
  for (const auto& each : cases) {
    TrustAnswer answer = check(each.chain, each.host, each.date);
    EXPECT_EQ(to_string(answer.problem), to_string(each.problem)) << answer.sentence;
    EXPECT_EQ(answer.sentence, each.sentence);
    EXPECT_EQ(answer.trusted(), each.problem == TrustProblem::none);
  }
}

TEST(Trust, SaysThatNothingWasChecked) {
  std::string_view der = root().der();
  TrustAnswer answer = check_trust({&der, 1}, Host::parse("a.test").value(), {}, instant("2026-06-01"));
  EXPECT_EQ(answer.problem, TrustProblem::not_checked);
  EXPECT_FALSE(answer.trusted());
}

TEST(Trust, ReadsItsStoreFromAFile) {
  test::TemporaryFolder folder;
  EXPECT_TRUE(TrustStore::load(folder.write("roots.pem", root().pem() + intermediate().pem())));
  std::string empty = folder.write("empty.pem", "nothing\n");
  EXPECT_EQ(TrustStore::load(empty).error().message,
            empty + ": no certificate in it, expected PEM with a line \"-----BEGIN CERTIFICATE-----\"");
  std::string missing = folder.path_of("missing.pem");
  EXPECT_TRUE(TrustStore::load(missing).error().message.starts_with(missing + ": "));
  EXPECT_TRUE(TrustStore::system());
}

TEST(LeafCache, DecodesEachCertificateOnce) {
  LeafCache cache(2);
  TestCertificate site = CertificateBuilder().names({"a.test"}).build();
  auto first = cache.decode(site.der());
  ASSERT_TRUE(first);
  EXPECT_EQ(cache.decode(std::string(site.der())).value().get(), first->get());
  EXPECT_FALSE(cache.decode("garbage"));
  EXPECT_FALSE(cache.decode("other garbage"));  // the cache was full, and forgot
  EXPECT_NE(cache.decode(site.der()).value().get(), first->get());
}

}  // namespace
}  // namespace astray::tls::trust_test
