#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "tls/engine/words.h"

namespace astray::tls {

/// Cipher suites by OpenSSL's names, in order of preference, as OpenSSL wants to be told of them.
struct CipherChoice {
  std::string list;    ///< for TLS 1.2 and before: "ECDHE-ECDSA-AES128-GCM-SHA256:…"
  std::string suites;  ///< for TLS 1.3: "TLS_AES_128_GCM_SHA256:…"

  /// Each name must be that of one cipher, and each version from `min` to `max` must have one.
  static Result<CipherChoice> of(const std::vector<std::string>& names, Version min, Version max);
};

}  // namespace astray::tls
