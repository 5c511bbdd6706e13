// Servers that do what they must not, or nothing at all.

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>

#include "support/exact_buffer.h"
#include "tls/engine/engine_pair_test.h"
#include "tls/engine/release.h"

namespace astray::tls::hostile_server_test {
namespace {

enum class End { stays_open, closes };

/// What the client tells of a server that sends these bytes after the ClientHello; the same however it is
/// cut.
std::string told_of(std::string_view bytes, End end, ClientOptions options = {}) {
  auto clients = client_context(std::move(options));
  std::string first;
  for (size_t piece : {bytes.size() + 1, size_t{1}, size_t{2}, size_t{7}}) {
    Client client = make_client(clients, {"a.test", {}, {}});
    output_of(client);
    Told told;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      test::ExactBuffer exact(bytes.substr(at, piece));
      client.receive(exact.view());
      drain(client, told);
    }
    if (end == End::closes) client.receive_end();
    drain(client, told);
    EXPECT_FALSE(client.next_event());
    if (first.empty()) first = told.text();
    EXPECT_EQ(told.text(), first) << "in pieces of " << piece;
  }
  return first;
}

TEST(HostileServer, IsRecognisedAsAnotherProtocol) {
  struct {
    std::string_view bytes;
    End end;
    std::string kept;
  } const cases[] = {
      {"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", End::stays_open, "HTTP/1.1 400 Bad Request"},
      {"220 mail.test ESMTP\r\n", End::stays_open, "220 mail.test ESMTP"},
      {"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", End::stays_open, "SSH-2.0-OpenSSH_9.2p1 Debian-2"},
      {"220 ", End::closes, "220 "},
      {"\x16\x02\x01\x01\x01\x01", End::stays_open, "\x16\x02\x01\x01\x01"},
      {"\xFF\xFE\x01\x02\x03\x04", End::stays_open, "\xFF\xFE\x01\x02\x03"},
      {"<html>garbage that goes on and on and on and on and on and never comes to a line's end",
       End::stays_open, "<html>garbage that goes on and on and on and on and on and never"},
      {"\n", End::stays_open, ""},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(told_of(each.bytes, each.end),
              "failure not_tls (the peer does not speak TLS) \"" + each.kept + "\"\n");
  }
}

TEST(HostileServer, IsWaitedForWhileItMaySayMore) {
  EXPECT_EQ(told_of("220 slow", End::stays_open), "");
  Client client = make_client(client_context());
  output_of(client);
  client.receive("220 slow");
  EXPECT_FALSE(client.next_event());
  EXPECT_EQ(client.first_bytes(), "220 slow");
}

TEST(HostileServer, BreaksOffInTheHandshake) {
  constexpr const char* closed =
      "failure closed_in_handshake (the peer closed the connection during the handshake)\n";
  EXPECT_EQ(told_of("", End::closes), closed);
  EXPECT_EQ(told_of("\x16", End::closes), closed);
  EXPECT_EQ(told_of({"\x16\x03\x03\x00\x05\x02", 6}, End::closes), closed);
  // close_notify as a warning, instead of a ServerHello
  EXPECT_EQ(told_of({"\x15\x03\x03\x00\x02\x01\x00", 7}, End::stays_open),
            "failure closed_in_handshake (the peer sent close_notify during the handshake)\n");
}

TEST(HostileServer, SendsAnAlertInsteadOfAServerHello) {
  EXPECT_EQ(
      told_of({"\x15\x03\x01\x00\x02\x02\x28", 7}, End::closes),
      "alert received fatal handshake_failure\nfailure alert_received (sslv3 alert handshake failure)\n");
  EXPECT_EQ(told_of({"\x15\x03\x03\x00\x02\x02\x70", 7}, End::stays_open),
            "alert received fatal unrecognized_name\nfailure alert_received (tlsv1 unrecognized name)\n");
  EXPECT_EQ(told_of({"\x15\x03\x03\x00\x02\x02\x63", 7}, End::stays_open),
            "alert received fatal unknown\nfailure alert_received (OpenSSL error 0xa00044b)\n");
}

TEST(HostileServer, SendsGarbageInRecords) {
  // A record of 2^14 + 2048 + 1 bytes and more (RFC 5246 §6.2.3).
  EXPECT_EQ(told_of({"\x16\x03\x03\x48\x01\x02", 6}, End::stays_open),
            "alert sent fatal record_overflow\nfailure protocol_error (packet length too long)\n");
  // A handshake message that is no ServerHello.
  EXPECT_EQ(told_of({"\x16\x03\x03\x00\x04\x0b\x00\x00\x00", 9}, End::stays_open),
            "alert sent fatal unexpected_message\nfailure protocol_error (unexpected message)\n");
  // Application data in clear.
  EXPECT_EQ(told_of({"\x17\x03\x03\x00\x01x", 6}, End::stays_open),
            "alert sent fatal unexpected_message\nfailure protocol_error (unexpected message)\n");
}

TEST(HostileServer, ShowsNoMoreThanAWarningInTheClear) {
  // A warning goes before the handshake: httpd and Java do this for a name that they do not know (RFC 6066
  // §3).
  EXPECT_EQ(told_of({"\x15\x03\x03\x00\x02\x01\x70", 7}, End::stays_open),
            "alert received warning unrecognized_name\n");
}

TEST(HostileServer, SendsACertificateOfAMegabyte) {
  test::CertificateBuilder builder;
  for (int i = 0; i < 20'000; ++i)
    builder.dns("a-rather-long-name-of-a-host-number-" + std::to_string(i) + ".example.test");
  test::TestCertificate site = builder.common_name("big").build();
  ASSERT_GT(site.der().size(), size_t{1} << 20);
  ServerHost host = host_for({"a.test"});
  host.identity = Identity::parse(site.pem(), site.key_pem(), "big").value();
  auto servers = server_context(one_host(std::move(host)));
  for (Version version : {Version::tls1_2, Version::tls1_3}) {
    for (size_t piece : {size_t{1} << 22, size_t{1}, size_t{1000}}) {
      ClientOptions options;
      options.max_version = version;
      Client client = make_client(client_context(options));
      Server server(servers);
      Both both;
      talk(client, server, both, {piece, 1 << 16});
      EXPECT_EQ(both.client.text(),
                "alert sent fatal illegal_parameter\n"
                "failure certificate_too_big (excessive message size)\n");
    }
    ClientOptions options;
    options.max_version = version;
    options.limits.max_chain_bytes = size_t{4} << 20;
    Client client = make_client(client_context(options));
    Server server(servers);
    Both both;
    talk(client, server, both);
    EXPECT_EQ(both.client.text(), "failure handshake_too_big (the handshake takes more than 262144 bytes)\n");
  }
}

/// Both flights of the server, cut off at each byte.
void break_off(Version version) {
  auto servers = server_context(one_host(host_for({"a.test"})));
  ClientOptions options;
  options.max_version = version;
  auto clients = client_context(options);
  bool done = false;
  for (size_t cut = 0; !done; cut += cut < 100 ? 1 : 7) {
    ASSERT_LT(cut, 10'000u);
    Client client = make_client(clients);
    Server server(servers);
    Both both;
    size_t left = cut;
    for (int flight = 0; flight < 2; ++flight) {
      std::string ours = output_of(client);
      feed(server, ours, ours.size() + 1, both.server);
      std::string answer = output_of(server).substr(0, left);
      left -= answer.size();
      feed(client, answer, answer.size() + 1, both.client);
    }
    client.receive_end();
    drain(client, both.client);
    done = left > 0;
    bool in_handshake = both.client.lines.size() == 1;
    EXPECT_EQ(both.client.lines.back(),
              in_handshake
                  ? "failure closed_in_handshake (the peer closed the connection during the handshake)"
                  : "closed truncated");
    EXPECT_TRUE(!done || !in_handshake);
    EXPECT_FALSE(client.next_event());
  }
}

TEST(HostileServer, BreaksOffAtEachByte) {
  break_off(Version::tls1_2);
  break_off(Version::tls1_3);
}

/// OpenSSL itself as the server, made to do what our Server never does.
class RawServer {
 public:
  explicit RawServer(int version) : context_(SSL_CTX_new(TLS_server_method())) {
    test::TestCertificate site = test::CertificateBuilder().common_name("a.test").build();
    std::string key = site.key_pem();
    std::unique_ptr<BIO, Release<BIO_free>> bio(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
    std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>> pkey(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    SSL_CTX_use_certificate_ASN1(context_.get(), static_cast<int>(site.der().size()),
                                 reinterpret_cast<const unsigned char*>(site.der().data()));
    SSL_CTX_use_PrivateKey(context_.get(), pkey.get());
    SSL_CTX_set_max_proto_version(context_.get(), version);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
  }
  SSL* ssl() { return ssl_.get(); }
  std::string output() {
    char* bytes = nullptr;
    long size = BIO_get_mem_data(SSL_get_wbio(ssl()), &bytes);
    std::string all(bytes, static_cast<size_t>(size));
    (void)BIO_reset(SSL_get_wbio(ssl()));
    return all;
  }
  void input(const std::string& bytes) {
    BIO_write(SSL_get_rbio(ssl()), bytes.data(), static_cast<int>(bytes.size()));
    char buffer[100];
    size_t size = 0;
    SSL_read_ex(ssl(), buffer, sizeof buffer, &size);
  }
  void shake_hands(Client& client, Told& told) {
    for (int i = 0; i < 3; ++i) {
      input(output_of(client));
      std::string answer = output();
      feed(client, answer, answer.size() + 1, told);
    }
  }

 private:
  SslContextPointer context_;
  SslPointer ssl_;
};

TEST(OddServer, AsksForAnotherGroup) {
  RawServer server(TLS1_3_VERSION);
  char group[] = "P-384";
  ASSERT_EQ(SSL_set1_groups_list(server.ssl(), group), 1);  // no key share for it: HelloRetryRequest
  Client client = make_client(client_context(), {"a.test", {}, {}});
  Told told;
  server.shake_hands(client, told);
  EXPECT_EQ(told.text(), "done TLSv1.3 full alpn=none chain=CN=a.test of 1\n");
}

int use_server_name(SSL*, int*, void*) {
  return SSL_TLSEXT_ERR_OK;
}

TEST(OddServer, SaysThatItUsedTheName) {
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    RawServer server(version);
    SSL_CTX_set_tlsext_servername_callback(SSL_get_SSL_CTX(server.ssl()), use_server_name);
    Client client = make_client(client_context(), {"a.test", {}, {}});
    Told told;
    server.shake_hands(client, told);
    EXPECT_TRUE(told.lines.at(0).ends_with(" acknowledged")) << told.text();
  }
}

TEST(HostileServer, IsRefusedRenegotiation) {
  RawServer server(TLS1_2_VERSION);
  Client client = make_client(client_context());
  Told told;
  server.shake_hands(client, told);
  ASSERT_TRUE(told.lines.front().starts_with("done TLSv1.2 full"));
  SSL_renegotiate(server.ssl());
  SSL_do_handshake(server.ssl());
  std::string request = server.output();
  ASSERT_FALSE(request.empty());
  feed(client, request, 1, told);
  EXPECT_EQ(told.lines.at(1), "alert sent warning no_renegotiation");
  EXPECT_EQ(told.lines.size(), 2u);
  EXPECT_EQ(client.send("x"), 1u);  // and the connection goes on
  EXPECT_FALSE(output_of(client).empty());
}

TEST(HostileServer, FloodsWithHelloRequests) {
  RawServer server(TLS1_2_VERSION);
  Client client = make_client(client_context());
  Told told;
  server.shake_hands(client, told);
  for (int i = 0; i < 65; ++i) {
    SSL_renegotiate(server.ssl());
    SSL_do_handshake(server.ssl());
    std::string request = server.output();
    ASSERT_FALSE(request.empty());
    feed(client, request, request.size(), told);
  }
  EXPECT_EQ(told.lines.back(),
            "failure too_many_messages (the peer sent more than 64 tickets, key updates and hello requests)");
}

TEST(HostileServer, FloodsWithKeyUpdates) {
  RawServer server(TLS1_3_VERSION);
  Client client = make_client(client_context());
  Told told;
  server.shake_hands(client, told);
  std::string flood;
  for (int i = 0; i < 100; ++i) {
    SSL_key_update(server.ssl(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(server.ssl());
    flood += server.output();
  }
  feed(client, flood, flood.size(), told);
  EXPECT_EQ(told.lines.back(),
            "failure too_many_messages (the peer sent more than 64 tickets, key updates and hello requests)");
  EXPECT_LT(output_of(client).size(), 10'000u);
}

TEST(HostileClient, IsRecognisedByTheServerToo) {
  Server server(server_context(one_host(host_for({"a.test"}))));
  Told told;
  feed(server, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", 3, told);
  EXPECT_EQ(told.text(), "failure not_tls (the peer does not speak TLS) \"GET / HTTP/1.1\"\n");
}

}  // namespace
}  // namespace astray::tls::hostile_server_test
