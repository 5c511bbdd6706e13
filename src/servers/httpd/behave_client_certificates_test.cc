// Client certificates in the handshake, and late. Evidence as in behave_test.cc: Debian's apache2 2.4.71.
#include "servers/httpd/cells_test.h"

namespace astray::httpd {
namespace {

const std::string verifying_hosts = host("a") + host("b", verify("require", "ca1")) +
                                    host("c", verify("require", "ca2")) +
                                    host("d", verify("optional", "ca1"));

TEST(HttpdBehaviour, AsksForClientCertificatesInTheHandshake) {
  expect_cells(verifying_hosts, v71,
               {
                   {"b.test", "b.test", "alert certificate_required"},
                   {"b.test", "b.test", "ok own-name b.test", AlpnOffer::h1, "ca1"},
                   {"b.test", "b.test", "alert unknown_ca", AlpnOffer::h1, "ca2"},
                   {"d.test", "d.test", "ok own-name d.test"},
                   {"d.test", "d.test", "ok own-name d.test", AlpnOffer::h1, "ca1"},
                   {"d.test", "d.test", "alert unknown_ca", AlpnOffer::h1, "ca2"},
                   {"a.test", "b.test", "421 client-authentication-differs b.test"},
                   {"b.test", "a.test", "421 client-authentication-differs a.test", AlpnOffer::h1, "ca1"},
                   {"b.test", "c.test", "421 client-authentication-differs c.test", AlpnOffer::h1, "ca1"},
                   {"-", "b.test", "421 sni-missing b.test"},
                   {"a.test", "d.test", "421 client-authentication-differs d.test"},
               });
  // TLS 1.2 has no alert of its own for a missing certificate.
  expect_cells("SSLProtocol TLSv1.2\n" + verifying_hosts, v71,
               {
                   {"b.test", "b.test", "alert handshake_failure"},
                   {"b.test", "b.test", "alert unknown_ca", AlpnOffer::h1, "ca2"},
                   {"b.test", "b.test", "ok own-name b.test", AlpnOffer::h1, "ca1"},
               });
}

TEST(HttpdBehaviour, TrustsEachOfSeveralAuthorities) {
  expect_cells(host("a", verify("require", "both")) + host("b", verify("require", "ca1")), v71,
               {
                   {"a.test", "a.test", "ok own-name a.test", AlpnOffer::h1, "ca1"},
                   {"a.test", "a.test", "ok own-name a.test", AlpnOffer::h1, "ca2"},
                   {"b.test", "b.test", "alert unknown_ca", AlpnOffer::h1, "both"},
               });
}

// A page of another site takes the place of the status; the virtual host's own word counts before the main
// one's.
TEST(HttpdBehaviour, SendsErrorsElsewhere) {
  expect_cells(
      "ErrorDocument 421 https://x.test/\nErrorDocument 400 https://x.test/\n" + host("a") +
          host("b", verify("require", "ca1")) +
          host("c", verify("require", "ca1") + "ErrorDocument 421 /page\nErrorDocument 403 https://x.test/"),
      v71,
      {
          {"a.test", "b.test", "302 client-authentication-differs b.test"},
          {"a.test", "c.test", "421 client-authentication-differs c.test"},
          {"a.test", "a b", "302 authority-malformed a.test"},
      });
}

// What is presented in a renegotiation must be good, even where nothing need be presented.
TEST(HttpdBehaviour, RefusesBadCertificatesLate) {
  expect_cells(
      "SSLProtocol TLSv1.2\n" +
          host("a", "SSLCACertificateFile /ca1.pem\n<Location />\nSSLVerifyClient optional\n</Location>") +
          host("b",
               "SSLCACertificateFile /ca1.pem\n<Location />\nSSLVerifyClient optional_no_ca\n</Location>"),
      v71,
      {
          {"a.test", "a.test", "ok own-name a.test"},
          {"a.test", "a.test", "ok own-name a.test", AlpnOffer::h1, "ca1"},
          {"a.test", "a.test", "reset client-certificate-required a.test", AlpnOffer::h1, "ca2"},
          {"b.test", "b.test", "ok own-name b.test", AlpnOffer::h1, "ca2"},
      });
}

TEST(HttpdBehaviour, HasModesAndDepthsOfVerification) {
  expect_cells(host("a", "SSLVerifyClient optional_no_ca\n") +
                   host("b", verify("require", "ca1") + "SSLVerifyDepth 0") +
                   host("c", verify("optional_no_ca", "ca1") + "SSLVerifyDepth 0"),
               v71,
               {
                   {"a.test", "a.test", "ok own-name a.test"},
                   {"a.test", "a.test", "ok own-name a.test", AlpnOffer::h1, "ca1"},
                   {"b.test", "b.test", "alert internal_error", AlpnOffer::h1, "ca1"},
                   {"b.test", "b.test", "alert unknown_ca", AlpnOffer::h1, "ca2"},
                   {"c.test", "c.test", "alert internal_error", AlpnOffer::h1, "ca1"},
                   {"c.test", "c.test", "ok own-name c.test", AlpnOffer::h1, "ca2"},
               });
}

// One CA under two paths is two CAs; an unstated depth is the default of 1, stated or not.
TEST(HttpdBehaviour, ComparesClientAuthenticationAsText) {
  expect_cells("SSLVHostSNIPolicy authonly\n" + host("a", verify("require", "ca1")) +
                   host("b", verify("require", "ca1-copy")) + host("c", "SSLVerifyClient optional_no_ca\n") +
                   host("d", "SSLVerifyClient optional_no_ca\nSSLVerifyDepth 1\n"),
               v71,
               {
                   {"a.test", "b.test", "421 client-authentication-differs b.test", AlpnOffer::h1, "ca1"},
                   {"c.test", "d.test", "ok coalesced d.test"},
               });
}

// CVE-2025-23048 and what is left of it under `insecure`: b's client reaches c, which wants another CA.
TEST(HttpdBehaviour, AsksLateUnderInsecure) {
  expect_cells("SSLVHostSNIPolicy insecure\nProtocols h2 http/1.1\n" + verifying_hosts, v71,
               {
                   {"a.test", "b.test", "403 client-certificate-required b.test"},
                   {"a.test", "b.test", "403 client-certificate-required b.test", AlpnOffer::h1, "ca1"},
                   {"-", "b.test", "403 client-certificate-required b.test"},
                   {"b.test", "c.test", "ok coalesced c.test", AlpnOffer::h1, "ca1"},
                   {"d.test", "b.test", "403 client-certificate-required b.test", AlpnOffer::h1, "ca1"},
                   {"a.test", "d.test", "403 client-certificate-required d.test"},
                   // HTTP/2 resets the stream with HTTP_1_1_REQUIRED.
                   {"a.test", "b.test", "reset client-certificate-required b.test h2", AlpnOffer::h2},
                   {"a.test", "d.test", "reset client-certificate-required d.test h2", AlpnOffer::h2},
                   {"b.test", "c.test", "ok coalesced c.test h2", AlpnOffer::h2, "ca1"},
               });
  expect_cells("SSLVHostSNIPolicy insecure\nSSLProtocol TLSv1.2\n" + verifying_hosts, v71,
               {
                   {"a.test", "b.test", "403 client-certificate-required b.test", AlpnOffer::h1, "ca1"},
                   {"d.test", "b.test", "reset client-certificate-required b.test"},
                   {"d.test", "b.test", "ok coalesced b.test", AlpnOffer::h1, "ca1"},
                   {"a.test", "d.test", "ok coalesced d.test"},
                   {"b.test", "c.test", "ok coalesced c.test", AlpnOffer::h1, "ca1"},
               });
}

TEST(HttpdBehaviour, AsksLateForALocation) {
  expect_cells(
      "Protocols h2 http/1.1\n" + host("a") +
          host("b", "SSLCACertificateFile /ca1.pem\n<Location />\nSSLVerifyClient require\n</Location>\n") +
          host("c"),
      v71,
      {
          {"b.test", "b.test", "403 client-certificate-required b.test"},
          {"b.test", "b.test", "403 client-certificate-required b.test", AlpnOffer::h1, "ca1"},
          {"b.test", "b.test", "reset client-certificate-required b.test h2", AlpnOffer::h2, "ca1"},
          {"a.test", "b.test", "421 client-authentication-differs b.test"},
      });
}

// A virtual host without TLS behind one with it: its name is matched, the first one's certificate is shown,
// and its settings equal those of no virtual host with TLS.
TEST(HttpdBehaviour, MixesHostsWithoutTls) {
  std::string hosts = host("a") + host("b", "SSLEngine off") + host("c", "SSLCertificateFile /other.pem");
  expect_cells(hosts, v71,
               {
                   {"a.test", "b.test", "421 client-authentication-differs b.test"},
                   {"b.test", "b.test", "ok own-name b.test"},
                   {"b.test", "a.test", "421 client-authentication-differs a.test"},
                   {"-", "b.test", "421 sni-missing b.test"},
               });
  Server server(hosts, v71);
  ExpectedHandshake handshake =
      server.behaviour().handshake(ListenerId{0}, server.connection({"b.test", "", ""}));
  ASSERT_NE(handshake.certificate, nullptr);
  EXPECT_EQ(handshake.certificate->path, "/shared.pem");
  EXPECT_TRUE(handshake.sni_matched);

  // The chosen one's SSLVerifyClient is looked at when the handshake is done.
  expect_cells(host("a") + host("b", "SSLEngine off\n" + verify("require", "ca1")), v71,
               {
                   {"b.test", "b.test", "rejected client-certificate-required"},
                   {"b.test", "b.test", "rejected client-certificate-required", AlpnOffer::h1, "ca1"},
               });
  // Nor does one that need not be trusted: OCSP, which is off only where TLS is on, refuses it.
  for (std::string_view depth : {"", "SSLVerifyDepth 1\n"})
    expect_cells(host("a", verify("require", "ca1")) +
                     host("c", fmt::format("SSLEngine off\nSSLVerifyClient optional_no_ca\n{}", depth)),
                 v71, {{"c.test", "a.test", "alert handshake_failure", AlpnOffer::h1, "ca2"}});
  // An unstated depth lets no certificate pass; the stated one does.
  for (std::string_view depth : {"", "SSLVerifyDepth 1\n"})
    expect_cells(host("a", verify("require", "ca1")) + host("c", fmt::format("SSLEngine off\n{}", depth)),
                 v71,
                 {{"c.test", "a.test",
                   depth.empty() ? "alert internal_error" : "421 client-authentication-differs a.test",
                   AlpnOffer::h1, "ca1"}});
}

}  // namespace
}  // namespace astray::httpd
