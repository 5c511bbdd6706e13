#include "servers/model/tls_settings.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

TlsSettings with_client_authentication(std::string file, std::optional<std::string> content) {
  TlsSettings settings;
  settings.client_authentication.value = ClientAuthentication::required;
  settings.client_authorities.file.value = std::move(file);
  settings.client_authorities.digest = std::move(content);
  return settings;
}

TEST(PolicyDigest, ComparesAuthoritiesByContentNotByPath) {
  EXPECT_EQ(digest(with_client_authentication("/a/ca.pem", "d1")), digest(with_client_authentication("/b/ca.pem", "d1")));
  EXPECT_FALSE(digest(with_client_authentication("/a/ca.pem", "d1")) == digest(with_client_authentication("/a/ca.pem", "d2")));
}

TEST(PolicyDigest, UnreadableAuthoritiesAreEqualOnlyUnderOneName) {
  EXPECT_EQ(digest(with_client_authentication("/a", {})), digest(with_client_authentication("/a", {})));
  EXPECT_FALSE(digest(with_client_authentication("/a", {})) == digest(with_client_authentication("/b", {})));
}

TEST(PolicyDigest, AuthoritiesDoNotCountWithoutClientAuthentication) {
  TlsSettings off = with_client_authentication("/a", "d1");
  off.client_authentication.value = ClientAuthentication::off;
  EXPECT_EQ(digest(off).client_authentication, 0u);
  EXPECT_EQ(digest(off), digest(TlsSettings{}));
}

TEST(PolicyDigest, VersionsAndCiphersCount) {
  TlsSettings a, b;
  b.versions.value = tls_version::tls1_3;
  EXPECT_NE(digest(a).tls, digest(b).tls);
  TlsSettings c;
  c.ciphers.value = "HIGH";
  EXPECT_NE(digest(a).tls, digest(c).tls);
  TlsSettings d;
  d.ciphersuites.value = "HIGH";
  EXPECT_NE(digest(c).tls, digest(d).tls);
}

}  // namespace
}  // namespace astray
