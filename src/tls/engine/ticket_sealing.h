#pragma once
#include <openssl/types.h>

#include "tls/engine/server_context.h"

struct ssl_session_st;

namespace astray::tls {

/// How tickets are sealed and opened, and which are not taken although they can be opened.
class TicketSealing {
 public:
  /// To be called on the context that connections begin with: what it says of tickets holds for all hosts.
  static void install(SSL_CTX* context, const ServerOptions& options);

 private:
  static int with_key(SSL* ssl, unsigned char* name, unsigned char* vector, EVP_CIPHER_CTX* cipher,
                      EVP_MAC_CTX* mac, int seals);
  static int on_sealing(SSL* ssl, void* argument);
  static int on_opened(SSL* ssl, ssl_session_st* session, const unsigned char* name, size_t name_size,
                       int outcome, void* argument);
};

}  // namespace astray::tls
