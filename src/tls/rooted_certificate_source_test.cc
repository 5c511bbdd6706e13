#include "tls/rooted_certificate_source.h"

#include <gtest/gtest.h>

#include "tls/fake_certificate_source.h"

namespace astray::rooted_certificate_source_test {
namespace {

TEST(RootedCertificateSource, LooksBelowItsRoot) {
  FakeCertificateSource disk;
  disk.declare("/image/etc/a.pem", {"a.test"});
  disk.declare_authorities("/image/etc/ca.pem", {"CN=x"});
  disk.declare_authorities("/image/etc/certs", {"CN=y"});
  RootedCertificateSource image(disk, "/image");
  image.preload({"/etc/a.pem"});
  EXPECT_TRUE(image.load("/etc/a.pem").has_value());
  EXPECT_TRUE(image.load_authorities("/etc/ca.pem").has_value());
  EXPECT_TRUE(image.load_authority_directory("/etc/certs").has_value());
  EXPECT_FALSE(image.load("/image/etc/a.pem").has_value());
}

TEST(RootedCertificateSource, LeavesFormsThatNameNoFileAlone) {
  FakeCertificateSource disk;
  disk.declare_problem("engine:x:y", CertificateProblem::url_or_engine);
  RootedCertificateSource image(disk, "/image");
  EXPECT_EQ(image.load("engine:x:y").error().problem, CertificateProblem::url_or_engine);
}

}  // namespace
}  // namespace astray::rooted_certificate_source_test
