#pragma once
#include <openssl/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "tls/engine/identity.h"

namespace astray::tls {

/// What the contexts do with an identity.
class IdentityAccess {
 public:
  /// Puts certificate, chain and key into a context, beside those of other kinds of key; OpenSSL's sentence
  /// when it refuses one of them.
  static std::optional<std::string> use(const Identity& identity, SSL_CTX* context);
  /// What use() would say of a context of security level 2, known without one.
  static std::optional<std::string> weakness(const Identity& identity);
  /// The OCSP response to present now: "" when there is none or its time is over.
  static std::string_view staple(const Identity& identity);
};

}  // namespace astray::tls
