#include "tls/engine/release.h"

#include <openssl/ssl.h>

namespace astray::tls {

void ReleaseSsl::operator()(SSL* ssl) const {
  SSL_free(ssl);
}

void ReleaseSslContext::operator()(SSL_CTX* context) const {
  SSL_CTX_free(context);
}

}  // namespace astray::tls
