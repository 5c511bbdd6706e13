#include "tls/engine/plain_client_test.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tls/engine/engine_pair_test.h"
#include "tls/engine/release.h"

namespace astray::tls {
namespace {

struct PlainConnection {
  SslContextPointer context{SSL_CTX_new(TLS_client_method())};
  SslPointer ssl;
  BIO* input = BIO_new(BIO_s_mem());   // the connection's
  BIO* output = BIO_new(BIO_s_mem());  // the connection's
};

int keep_plain_session(SSL* ssl, SSL_SESSION* session) {
  auto& outcome = *static_cast<PlainOutcome*>(SSL_get_app_data(ssl));
  outcome.session.reset(session, SSL_SESSION_free);
  return 1;
}

PlainConnection prepare_plain(const PlainClient& settings, PlainOutcome& outcome) {
  PlainConnection made;
  SSL_CTX* context = made.context.get();
  SSL_CTX_set_max_proto_version(context, wire_number_of(settings.version));
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_plain_session);
  std::string algorithms = settings.signature_algorithms;  // OpenSSL's macro takes it without const
  bool takes_algorithms = algorithms.empty() || SSL_CTX_set1_sigalgs_list(context, algorithms.data()) == 1;
  EXPECT_TRUE(takes_algorithms);
  if (!settings.ciphers.empty()) {
    EXPECT_EQ(SSL_CTX_set_cipher_list(context, settings.ciphers.c_str()), 1);
  }
  made.ssl.reset(SSL_new(context));
  SSL* ssl = made.ssl.get();
  SSL_set_app_data(ssl, &outcome);
  SSL_set_tlsext_host_name(ssl, settings.server_name.c_str());
  if (settings.status == PlainClient::Status::asked) SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
  if (settings.session) SSL_set_session(ssl, settings.session.get());
  SSL_set_bio(ssl, made.input, made.output);
  SSL_set_connect_state(ssl);
  return made;
}

void exchange(const PlainConnection& client, Server& server, PlainOutcome& outcome) {
  std::string bytes(1 << 16, '\0');
  Told told;
  while (true) {
    int size = BIO_read(client.output, bytes.data(), static_cast<int>(bytes.size()));
    if (size > 0) feed(server, std::string_view(bytes).substr(0, static_cast<size_t>(size)), 1 << 16, told);
    std::string answer = output_of(server);
    outcome.received = told.plaintext;
    if (!answer.empty()) BIO_write(client.input, answer.data(), static_cast<int>(answer.size()));
    int result = SSL_do_handshake(client.ssl.get());
    char byte = 0;
    if (result == 1) SSL_read(client.ssl.get(), &byte, 1);  // takes the tickets
    ERR_clear_error();
    if (BIO_ctrl_pending(client.output) == 0 && answer.empty()) return;
  }
}

}  // namespace

PlainOutcome connect_plainly(const PlainClient& settings, std::shared_ptr<const ServerContext> servers) {
  PlainOutcome outcome;
  PlainConnection client = prepare_plain(settings, outcome);
  SSL* ssl = client.ssl.get();
  Server server(std::move(servers));
  size_t written = 0;
  if (!settings.early_data.empty()) {
    // The server's tickets allow none: a client that sends it all the same.
    SSL_SESSION_set_max_early_data(settings.session.get(), 1000);
    EXPECT_EQ(SSL_write_early_data(ssl, settings.early_data.data(), settings.early_data.size(), &written), 1);
  } else {
    SSL_do_handshake(ssl);
  }
  exchange(client, server, outcome);
  std::string early = outcome.received;
  outcome.done = SSL_is_init_finished(ssl) == 1;
  if (!outcome.done) return outcome;
  SSL_write_ex(ssl, "late", 4, &written);
  exchange(client, server, outcome);
  outcome.received = early + outcome.received;
  outcome.resumed = SSL_session_reused(ssl) == 1;
  outcome.early_data_accepted = SSL_get_early_data_status(ssl) == SSL_EARLY_DATA_ACCEPTED;
  outcome.cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl));
  if (X509* leaf = SSL_get0_peer_certificate(ssl))
    outcome.key = EVP_PKEY_get_base_id(X509_get0_pubkey(leaf)) == EVP_PKEY_RSA ? "rsa" : "ecdsa";
  // A ticket that TLS 1.2 renews is told to nobody.
  if (settings.version == Version::tls1_2) outcome.session.reset(SSL_get1_session(ssl), SSL_SESSION_free);
  if (outcome.session)
    outcome.ticket_seconds = static_cast<long>(SSL_SESSION_get_ticket_lifetime_hint(outcome.session.get()));
  // OpenSSL spoils the session of a connection that ends without.
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  unsigned char* staple = nullptr;
  long size = SSL_get_tlsext_status_ocsp_resp(ssl, &staple);
  if (size > 0) outcome.staple = std::string(reinterpret_cast<char*>(staple), static_cast<size_t>(size));
  return outcome;
}

}  // namespace astray::tls
