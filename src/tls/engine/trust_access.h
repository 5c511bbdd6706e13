#pragma once
#include <openssl/types.h>

#include "tls/engine/trust.h"

namespace astray::tls {

/// What the engines do with authorities.
class TrustAccess {
 public:
  /// Of a store that is not empty; it stays the store's own.
  static X509_STORE* of(const TrustStore& store);
};

}  // namespace astray::tls
