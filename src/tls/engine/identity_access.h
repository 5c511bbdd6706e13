#pragma once
#include <openssl/types.h>

#include <optional>
#include <string>

#include "tls/engine/identity.h"

namespace astray::tls {

/// What the contexts do with an identity.
class IdentityAccess {
 public:
  /// Puts certificate, chain and key into a context; OpenSSL's sentence when it refuses one of them.
  static std::optional<std::string> use(const Identity& identity, SSL_CTX* context);
};

}  // namespace astray::tls
