#include "tls/engine/ticket_sealing.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>

#include "tls/engine/server_hello.h"
#include "tls/engine/ticket_key_set.h"

namespace astray::tls {
namespace {

/// What OpenSSL is to do with a ticket (SSL_CTX_set_tlsext_ticket_key_evp_cb).
enum Outcome : int { failed = -1, unknown_key = 0, known_key = 1, renew_ticket = 2 };

bool start(const TicketKey& key, const unsigned char* vector, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
           int encrypts) {
  char digest[] = "SHA256";
  // OpenSSL takes parameters without const and leaves them alone.
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(key.mac_key.data()),
                                        key.mac_key.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher_key.data(), vector, encrypts) ==
             1 &&
         EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

/// When the session's full handshake was, which every ticket since then carries along.
int64_t beginning_of(SSL_SESSION* session) {
  void* kept = nullptr;
  size_t size = 0;
  int64_t beginning = SSL_SESSION_get_time(session);
  if (SSL_SESSION_get0_ticket_appdata(session, &kept, &size) == 1 && size == sizeof beginning)
    std::memcpy(&beginning, kept, size);
  return beginning;
}

}  // namespace

void TicketSealing::install(SSL_CTX* context, const ServerOptions& options) {
  if (options.ticket_keys) SSL_CTX_set_tlsext_ticket_key_evp_cb(context, with_key);
  SSL_CTX_set_session_ticket_cb(context, on_sealing, on_opened, nullptr);
}

int TicketSealing::with_key(SSL* ssl, unsigned char* name, unsigned char* vector, EVP_CIPHER_CTX* cipher,
                            EVP_MAC_CTX* mac, int seals) {
  auto set = ServerHello::connection_of(ssl).context->options().ticket_keys->keys();
  if (seals != 0) {
    const TicketKey& key = *set->keys.front();
    std::memcpy(name, key.name.data(), key.name.size());
    if (RAND_bytes(vector, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return failed;
    return start(key, vector, cipher, mac, 1) ? known_key : failed;
  }
  for (const auto& key : set->keys) {
    if (std::memcmp(key->name.data(), name, key->name.size()) != 0) continue;
    if (!start(*key, vector, cipher, mac, 0)) return failed;
    // A client of TLS 1.3 uses a ticket once (RFC 8446 appendix C.4) and needs another. OpenSSL renews by itself only
    // what it sealed with keys of its own.
    const bool is_used_once = SSL_version(ssl) == TLS1_3_VERSION;
    return key == set->keys.front() && !is_used_once ? known_key : renew_ticket;
  }
  return unknown_key;
}

/// A resumed session of TLS 1.3 gets another ticket, and so could go on for ever: RFC 8446 §4.6.1 wants an
/// end, counted from when the client last proved that it has its key.
int TicketSealing::on_sealing(SSL* ssl, void*) {
  SSL_SESSION* session = SSL_get_session(ssl);
  int64_t beginning = beginning_of(session);
  if (SSL_SESSION_set1_ticket_appdata(session, &beginning, sizeof beginning) != 1) return 0;
  int64_t longest = ServerHello::connection_of(ssl).context->options().longest_session.count();
  int64_t left = std::max<int64_t>(beginning + longest - SSL_SESSION_get_time(session), 1);
  if (left < SSL_SESSION_get_timeout(session)) SSL_SESSION_set_timeout(session, left);
  return 1;
}

/// Whatever is not taken leads to a full handshake and a new ticket.
int TicketSealing::on_opened(SSL*, SSL_SESSION* session, const unsigned char*, size_t, int outcome, void*) {
  if (outcome != SSL_TICKET_SUCCESS && outcome != SSL_TICKET_SUCCESS_RENEW)
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  // A client's certificate may have run out since the handshake that verified it.
  const X509* client = SSL_SESSION_get0_peer(session);
  if (client != nullptr && X509_cmp_current_time(X509_get0_notAfter(client)) < 0)
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  return outcome == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

}  // namespace astray::tls
