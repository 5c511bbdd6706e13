#include "tls/certificate_maker.h"

#include <gtest/gtest.h>

#include "tls/engine/identity.h"
#include "tls/engine/trust.h"

namespace astray::certificate_maker_test {
namespace {

constexpr Instant today{1'767'225'600};

struct TrustOf {
  tls::TrustProblem operator()(const tls::Identity& identity, std::string_view host, Instant when) const {
    const std::string_view chain[] = {identity.leaf()};
    return check_trust(chain, Host::parse(host).value(), store, when).problem;
  }
  tls::TrustStore store;
};

TEST(CertificateMaker, MakesWhatClientsTrustForItsNamesAlone) {
  const CertificateMaker maker = CertificateMaker::create("Lab", today).value();
  const auto made = maker.make("shop", {"shop.test", "blog.test"}).value();
  const tls::Identity identity = tls::Identity::parse(made.certificate_pem, made.key_pem, "shop.pem").value();
  const TrustOf trust{tls::TrustStore::parse(maker.authority_pem(), "lab").value()};
  const Instant day_after{today.unix_seconds + 24 * 60 * 60};
  const struct {
    const char* host;
    Instant when;
    tls::TrustProblem problem;
  } cases[] = {
      {"shop.test", today, tls::TrustProblem::none},
      {"blog.test", today, tls::TrustProblem::none},
      {"other.test", today, tls::TrustProblem::wrong_host},
      {"shop", today, tls::TrustProblem::wrong_host},
      {"shop.test", day_after, tls::TrustProblem::expired},
      {"shop.test", Instant{today.unix_seconds - 24 * 60 * 60}, tls::TrustProblem::not_yet_valid},
  };
  for (const auto& c : cases) EXPECT_EQ(trust(identity, c.host, c.when), c.problem) << c.host;
}

TEST(CertificateMaker, MakesAuthoritiesThatDoNotTrustEachOther) {
  const CertificateMaker one = CertificateMaker::create("Lab", today).value();
  const CertificateMaker other = CertificateMaker::create("Lab", today).value();
  const auto made = one.make("shop", {"shop.test"}).value();
  const tls::Identity identity = tls::Identity::parse(made.certificate_pem, made.key_pem, "shop.pem").value();
  const TrustOf trust{tls::TrustStore::parse(other.authority_pem(), "lab").value()};
  EXPECT_NE(trust(identity, "shop.test", today), tls::TrustProblem::none);
  EXPECT_NE(made.key_pem, one.make("shop", {"shop.test"}).value().key_pem);
}

TEST(CertificateMaker, GivesPeopleNoNames) {
  const CertificateMaker maker = CertificateMaker::create("People", today).value();
  const auto made = maker.make("Ada", {}).value();
  const tls::Identity identity = tls::Identity::parse(made.certificate_pem, made.key_pem, "ada").value();
  EXPECT_EQ(identity.certificate().common_name, "Ada");
  EXPECT_TRUE(identity.certificate().names.empty());
}

}  // namespace
}  // namespace astray::certificate_maker_test
