// Each table is one configuration and what the real server answered, cell by cell. "2.4.71" tables were
// watched on Debian's apache2 2.4.71-1~deb12u1 (OpenSSL 3.0.22, mpm_event) with openssl, curl and Python
// clients; those of older versions follow from ssl_engine_kernel.c as released (2.4.63) and from the reports
// of what 2.4.64 changed.
#include "servers/httpd/cells_test.h"

namespace astray::httpd {
namespace {

// a and c share certificate and settings; b has another certificate; d has a copy of a's under another path.
const std::string four_hosts = host("a", "ServerAlias alias-a.test *.w.test") +
                               host("b", "SSLCertificateFile /other.pem") + host("c") +
                               host("d", "SSLCertificateFile /copy.pem");

TEST(HttpdBehaviour, ComparesSettingsByDefault) {
  expect_cells(
      four_hosts, v71,
      {
          {"a.test", "a.test", "ok own-name a.test"},
          {"a.test", "alias-a.test", "ok coalesced a.test"},
          {"a.test", "b.test", "421 tls-policy-differs b.test"},
          {"a.test", "c.test", "ok coalesced c.test"},
          {"a.test", "d.test", "421 tls-policy-differs d.test"},
          {"a.test", "nobody.test", "ok default-virtual-host a.test"},
          {"b.test", "nobody.test", "421 tls-policy-differs a.test"},
          {"-", "a.test", "ok own-name a.test"},
          {"-", "b.test", "421 sni-missing b.test"},
          {"-", "c.test", "ok own-name c.test"},
          {"-", "nobody.test", "ok default-virtual-host a.test"},
          {"nobody.test", "b.test", "421 tls-policy-differs b.test"},
          {"nobody.test", "c.test", "ok coalesced c.test"},
          {"x.w.test", "x.w.test", "ok own-name a.test"},
          {"a.test", "A.TEST.", "ok own-name a.test"},
          // SNI with a dot matches nobody, Host with a dot matches: the first virtual host against b's.
          {"a.test.", "a.test", "ok coalesced a.test"},
          {"b.test.", "b.test", "421 tls-policy-differs b.test"},
          {"b.test", "b.test:9", "ok own-name b.test"},
          {"b.test", "B.test", "ok own-name b.test"},
          {"a.test", "bad..name", "400 authority-malformed a.test"},
          {"a.test", "", "400 authority-missing a.test"},
      });
}

TEST(HttpdBehaviour, ObeysThePolicy) {
  expect_cells("SSLVHostSNIPolicy strict\n" + four_hosts, v71,
               {
                   {"a.test", "alias-a.test", "ok coalesced a.test"},
                   {"a.test", "b.test", "421 tls-policy-differs b.test"},
                   {"a.test", "c.test", "421 name-differs-from-sni c.test"},
                   {"-", "c.test", "421 sni-missing c.test"},
                   {"nobody.test", "c.test", "421 name-differs-from-sni c.test"},
                   {"-", "nobody.test", "ok default-virtual-host a.test"},
               });
  expect_cells("SSLVHostSNIPolicy authonly\n" + four_hosts, v71,
               {
                   {"a.test", "b.test", "ok coalesced b.test"},
                   {"-", "b.test", "ok own-name b.test"},
                   {"b.test", "nobody.test", "ok default-virtual-host a.test"},
               });
  expect_cells("SSLVHostSNIPolicy insecure\n" + four_hosts, v71,
               {
                   {"a.test", "d.test", "ok coalesced d.test"},
                   {"-", "b.test", "ok own-name b.test"},
               });
}

// to 2.4.63 nothing was compared without SNI; 2.4.64 gave such a connection to the first virtual host.
TEST(HttpdBehaviour, ComparesWithoutSniFrom2464On) {
  for (Version version : {Version{2, 4, 18}, v63})
    expect_cells(four_hosts, version,
                 {
                     {"a.test", "b.test", "421 tls-policy-differs b.test"},
                     {"a.test", "d.test", "421 tls-policy-differs d.test"},
                     {"a.test", "c.test", "ok coalesced c.test"},
                     {"b.test", "nobody.test", "421 tls-policy-differs a.test"},
                     {"-", "b.test", "ok own-name b.test"},
                     {"-", "d.test", "ok own-name d.test"},
                     {"nobody.test", "b.test", "421 tls-policy-differs b.test"},
                 });
  for (Version version : {Version{2, 4, 64}, v65})
    expect_cells(four_hosts, version,
                 {
                     {"-", "b.test", "421 sni-missing b.test"},
                     {"-", "c.test", "ok own-name c.test"},
                     {"a.test", "b.test", "421 tls-policy-differs b.test"},
                 });
}

TEST(HttpdBehaviour, SpeaksClearWhereTheFirstHostDoes) {
  std::string hosts = host("b", "SSLEngine off") + host("a");
  expect_cells(
      hosts, v71,
      {{"a.test", "a.test", "rejected scheme-mismatch"}, {"-", "a.test", "rejected scheme-mismatch"}});
  Server server(hosts, v71);
  ConnectionFacts clear;
  clear.scheme = Scheme::http;
  EXPECT_EQ(server.tell(clear, "a.test"), "ok own-name a.test");
  EXPECT_EQ(server.tell(clear, "nobody.test"), "ok default-virtual-host b.test");
  // Plain HTTP on a TLS port.
  EXPECT_EQ(Server(four_hosts, v71).tell(clear, "a.test"), "400 scheme-mismatch a.test");
}

// `Protocols` counts for the virtual host that SNI chose alone: mod_http2 serves another name over h2
// although that one has it off (its source speaks of 421 there; 2.4.71 answers 200).
TEST(HttpdBehaviour, NegotiatesByTheChosenHost) {
  std::string h2_first = "Protocols h2 http/1.1";
  expect_cells(host("a", h2_first) + host("b", "Protocols http/1.1") + host("c"), v71,
               {
                   {"a.test", "a.test", "ok own-name a.test h2", AlpnOffer::h2},
                   {"a.test", "b.test", "ok coalesced b.test h2", AlpnOffer::h2},
                   {"a.test", "c.test", "ok coalesced c.test h2", AlpnOffer::h2},
                   {"b.test", "b.test", "ok own-name b.test", AlpnOffer::h2},
                   {"c.test", "c.test", "ok own-name c.test", AlpnOffer::h2},
                   {"-", "b.test", "ok own-name b.test h2", AlpnOffer::h2},
                   {"a.test", "a.test", "ok own-name a.test", AlpnOffer::h1},
                   {"a.test", "a.test", "ok own-name a.test", AlpnOffer::none},
                   // httpd answers with http/1.1, which was not offered: OpenSSL's client gives up.
                   {"b.test", "b.test", "rejected no-common-protocol", AlpnOffer::h2_only},
                   {"a.test", "a.test", "ok own-name a.test h2", AlpnOffer::h2_only},
               });
  expect_cells(host("a", "Protocols http/1.1 h2") +
                   host("b", "Protocols http/1.1 h2\nProtocolsHonorOrder off") + host("c", "Protocols h2") +
                   host("d", "Protocols h2c http/1.1"),
               v71,
               {
                   {"a.test", "a.test", "ok own-name a.test", AlpnOffer::h2},
                   {"a.test", "a.test", "ok own-name a.test h2", AlpnOffer::h2_only},
                   {"b.test", "b.test", "ok own-name b.test h2", AlpnOffer::h2},
                   {"c.test", "c.test", "ok own-name c.test h2", AlpnOffer::h2},
                   {"c.test", "c.test", "ok own-name c.test", AlpnOffer::h1},
                   {"d.test", "d.test", "ok own-name d.test", AlpnOffer::h2},
               });
  // H2ModernTLSOnly: h2 needs TLS 1.2. Without any version of today, the handshake fails.
  expect_cells(host("a", h2_first + "\nSSLProtocol TLSv1.1"), v71,
               {{"a.test", "a.test", "alert protocol_version", AlpnOffer::h2}});
}

// What a virtual host does not state of SSLProtocol stays the first one's, and is compared as the default all
// the same.
TEST(HttpdBehaviour, TakesTlsVersionsFromTheFirstHost) {
  std::string hosts = host("a", "SSLProtocol TLSv1.1") + host("b", "SSLProtocol TLSv1.3") + host("d");
  expect_cells(hosts, v71,
               {
                   {"b.test", "b.test", "ok own-name b.test"},
                   {"d.test", "d.test", "alert protocol_version"},
                   {"-", "d.test", "alert protocol_version"},
                   {"b.test", "d.test", "421 tls-policy-differs d.test"},
               });
  expect_cells("SSLProtocol all\n" + hosts, v71, {{"d.test", "d.test", "ok own-name d.test"}});
}

TEST(HttpdBehaviour, InsistsOnSniWhereToldTo) {
  expect_cells(host("a") + host("b", "SSLStrictSNIVHostCheck on") + host("c"), v71,
               {
                   {"-", "a.test", "ok own-name a.test"},
                   {"-", "b.test", "403 sni-required b.test"},
                   {"-", "c.test", "ok own-name c.test"},
                   {"a.test", "b.test", "ok coalesced b.test"},
                   {"nobody.test", "a.test", "ok coalesced a.test"},
               });
  expect_cells(
      host("a", "SSLStrictSNIVHostCheck on") + host("b"), v63,
      {{"-", "b.test", "403 sni-required b.test"}, {"nobody.test", "b.test", "ok coalesced b.test"}});
  // One virtual host alone on its address is not name-based.
  expect_cells(
      host("a", "SSLStrictSNIVHostCheck on"), v71,
      {{"-", "a.test", "ok own-name a.test"}, {"b.test", "[::1]", "ok default-virtual-host a.test"}});
  // It is where it states the address twice; any address twice in a row counts once.
  struct Stated {
    std::string_view addresses;
    std::string_view expected;
  };
  for (Stated stated : {Stated{"192.0.2.1:443", "ok own-name a.test"},
                        Stated{"192.0.2.1:443 192.0.2.1:443", "403 sni-required a.test"},
                        Stated{"192.0.2.1:443 192.0.2.1", "ok own-name a.test"},
                        Stated{"*:443 _default_:443", "ok own-name a.test"},
                        Stated{"_default_:443 [2001:db8::1]:80 *:443", "403 sni-required a.test"}})
    expect_cells(fmt::format("SSLStrictSNIVHostCheck on\n<VirtualHost {}>\nServerName a.test\nSSLEngine on\n"
                             "SSLCertificateFile /shared.pem\n</VirtualHost>\n",
                             stated.addresses),
                 v71, {{"-", "a.test", stated.expected}});
}

// Whatever virtual host SNI chooses: OpenSSL looks at the first one's ciphers before it reads the SNI.
TEST(HttpdBehaviour, NeedsCiphersForTheFirstHostsVersions) {
  std::string old = "SSLProtocol all -TLSv1.2 -TLSv1.3\n";
  std::string modern = host("b", "SSLProtocol all -TLSv1 -TLSv1.1");
  expect_cells(
      host("a", old + "SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256") + modern,
      v71, {{"b.test", "b.test", "alert handshake_failure"}});
  for (std::string_view ciphers : {"", "SSLCipherSuite AES128-GCM-SHA256:HIGH"})
    expect_cells(host("a", fmt::format("{}{}", old, ciphers)) + modern, v71,
                 {{"b.test", "b.test", "ok own-name b.test"}});
}

// Where the policy does not compare ciphers, TLS 1.2 renegotiates for them, which HTTP/2 cannot.
TEST(HttpdBehaviour, ResetsHttp2WhereCiphersDiffer) {
  std::string hosts = host("a", "Protocols h2 http/1.1\nSSLProtocol TLSv1.2") +
                      host("b", "SSLProtocol TLSv1.2\nSSLCipherSuite HIGH:!aNULL") +
                      host("c", "SSLProtocol TLSv1.2");
  expect_cells("SSLVHostSNIPolicy insecure\n" + hosts, v71,
               {
                   {"a.test", "b.test", "reset tls-policy-differs b.test h2", AlpnOffer::h2},
                   {"a.test", "b.test", "ok coalesced b.test"},
                   {"a.test", "c.test", "ok coalesced c.test h2", AlpnOffer::h2},
               });
}

TEST(HttpdBehaviour, HasOddHostsAndStrictMatches) {
  expect_cells("HttpProtocolOptions Unsafe\n" + host("a") + host("b"), v71,
               {{"b.test", "a b.test", "ok default-virtual-host a.test"},
                {"b.test", "a..test", "400 authority-malformed a.test"}});
  expect_cells("StrictHostCheck on\n" + host("a") + host("b"), v71,
               {{"b.test", "b.test", "ok own-name b.test"}, {"a.test", "nobody.test", "400 unowned a.test"}});
  // The address counts as a name where several virtual hosts share it, and not where one has it alone.
  std::string on_address = "StrictHostCheck on\n";
  for (std::string_view expected : {"400 unowned a.test", "ok default-virtual-host a.test"}) {
    on_address +=
        "<VirtualHost 192.0.2.1:443>\nServerName a.test\nSSLEngine on\nSSLCertificateFile /shared.pem\n"
        "</VirtualHost>\n";
    expect_cells(on_address, v71, {{"a.test", "192.0.2.1", expected}});
  }
  // An address that Listen alone states is no name of anybody.
  Server server("Listen 192.0.2.1:443\nStrictHostCheck on\n" + host("a") + host("b"), v71);
  const ListenerId on_listen{1};
  ConnectionFacts connection = server.connection({"a.test", "", ""});
  RequestFacts request;
  request.host_fields.push_back(RawHost(std::string("192.0.2.1")));
  ExpectedHandshake handshake = server.behaviour().handshake(on_listen, connection);
  EXPECT_EQ(server.behaviour().answer(on_listen, connection, handshake, request).status, 400);
}

TEST(HttpdBehaviour, KnowsFixedAnswers) {
  expect_cells(host("a", "Redirect 421 /") + host("b", "<Location />\nRequire all denied\n</Location>") +
                   host("c", "Redirect permanent / https://x.test/") +
                   host("d", "RewriteEngine on\nRewriteCond %{HTTP_HOST} x\nRewriteRule ^ - [R=421]"),
               v71,
               {
                   {"a.test", "a.test", "421 unowned a.test"},
                   {"a.test", "nobody.test", "421 unowned a.test"},
                   {"b.test", "b.test", "403 own-name b.test"},
                   {"c.test", "c.test", "301 own-name c.test"},
                   {"d.test", "d.test", "unknowable configuration-unknowable d.test"},
               });
  // A redirection of the place comes before the server's, unless it names a path.
  expect_cells("<Location />\nRedirect 404\nRedirect 410\n</Location>\n" + host("a", "Redirect 421 /"), v71,
               {{"a.test", "a.test", "410 own-name a.test"}});
  expect_cells("<Location />\nRequire all granted\nRedirect 410 /\n</Location>\n" +
                   host("a", "Redirect 421 /") + host("b"),
               v71,
               {{"a.test", "a.test", "421 unowned a.test"}, {"b.test", "b.test", "410 own-name b.test"}});
  // Redirections come before mod_ssl looks at the client's certificate, and behind the check of the names.
  expect_cells(
      "SSLVHostSNIPolicy insecure\n" + host("a") + host("b", verify("require", "ca1") + "Redirect 421 /"),
      v71, {{"a.test", "b.test", "421 unowned b.test"}});
}

TEST(HttpdBehaviour, RefusesUnusableServerNames) {
  Server server(four_hosts, v71);
  ConnectionFacts facts;
  facts.sni = RawHost(std::string("b\0test", 6));
  EXPECT_EQ(server.tell(facts, "b.test"), "alert unrecognized_name");
  facts.sni = RawHost(std::string(256, 'n'));
  EXPECT_EQ(server.tell(facts, "b.test"), "alert unrecognized_name");
  facts.sni = RawHost(std::string(255, 'n'));
  EXPECT_EQ(server.tell(facts, "c.test"), "ok coalesced c.test");
}

TEST(HttpdBehaviour, PresentsEcdsaToClientsOfToday) {
  Server server(host("a", "SSLCertificateFile /rsa.pem\nSSLCertificateFile /shared.pem"), v71);
  ExpectedHandshake handshake =
      server.behaviour().handshake(ListenerId{0}, server.connection({"a.test", "", ""}));
  ASSERT_NE(handshake.certificate, nullptr);
  EXPECT_EQ(handshake.certificate->path, "/shared.pem");
}

// Settings that 2.4.66 began to compare. CRLs and SRP as its source has them; the others were watched.
TEST(HttpdBehaviour, ComparesMoreFrom2466On) {
  for (std::string_view setting :
       {"SSLOpenSSLConfCmd Curves X25519", "SSLCARevocationFile /crl.pem", "SSLOCSPEnable on",
        "SSLSRPVerifierFile /srp", "SSLCARevocationCheck chain"}) {
    std::string hosts = host("a") + host("b", setting);
    expect_cells(hosts, v71, {{"a.test", "b.test", "421 client-authentication-differs b.test"}});
    expect_cells(hosts, v65, {{"a.test", "b.test", "ok coalesced b.test"}});
  }
  // In both: CA names, the set of certificates whatever their order, ciphers as text.
  for (Version version : {v65, v71}) {
    expect_cells(host("a") + host("b", "SSLCADNRequestFile /ca1.pem"), version,
                 {{"a.test", "b.test", "421 client-authentication-differs b.test"}});
    expect_cells(host("a", "SSLCertificateFile /rsa.pem\nSSLCertificateFile /shared.pem") +
                     host("b", "SSLCertificateFile /shared.pem\nSSLCertificateFile /rsa.pem"),
                 version, {{"a.test", "b.test", "ok coalesced b.test"}});
    expect_cells(host("a", "SSLCipherSuite HIGH") + host("b", "SSLCipherSuite HIGH:!MD5"), version,
                 {{"a.test", "b.test", "421 tls-policy-differs b.test"}});
    expect_cells(host("a", "SSLProtocol all -SSLv3") + host("b"), version,
                 {{"a.test", "b.test", "ok coalesced b.test"}});
    expect_cells(host("a", "SSLCARevocationCheck none\nSSLOCSPEnable off") + host("b"), version,
                 {{"a.test", "b.test", "ok coalesced b.test"}});
  }
}

TEST(HttpdBehaviour, RefusesMalformedHttp2) {
  Server server("Protocols h2\n" + four_hosts, v71);
  EXPECT_EQ(server.tell({"a.test", "a b", "", AlpnOffer::h2}), "reset authority-malformed a.test h2");
  EXPECT_EQ(server.tell({"a.test", "", "", AlpnOffer::h2}), "reset authority-missing a.test h2");
  EXPECT_EQ(server.tell({"a.test", "a,b", "", AlpnOffer::h2}), "400 authority-malformed a.test h2");
}

TEST(HttpdBehaviour, LooksNamesUp) {
  Server server(four_hosts, v71);
  auto found = server.behaviour().find_virtual_host(ListenerId{0}, "x.w.test");
  EXPECT_EQ(found.virtual_host, VirtualHostId{0});
  EXPECT_EQ(found.match, NameMatch::wildcard);
  EXPECT_EQ(server.behaviour().find_virtual_host(ListenerId{0}, "nobody.test").match,
            NameMatch::default_host);
  EXPECT_EQ(server.behaviour().find_virtual_host(ListenerId{0}, "d.test").virtual_host, VirtualHostId{3});
}

}  // namespace
}  // namespace astray::httpd
