#pragma once
#include <openssl/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "tls/engine/alpn_list.h"
#include "tls/engine/client_context.h"
#include "tls/engine/limits.h"
#include "tls/engine/words.h"

namespace astray::tls {

/// TLS 1.0 and 1.1 sign with MD5 and SHA-1: without leniency they are not offered, for they could only fail.
Version effective_min(Version min, Leniency leniency);

/// What client and server contexts are both told. Nothing of the machine's openssl.cnf is left in force.
std::optional<Error> apply_settings(SSL_CTX* context, Version min, Version max, Leniency leniency,
                                    const Limits& limits);

/// A server's ciphers, in order of preference (CipherChoice); none: the usual ones.
std::optional<Error> apply_ciphers(SSL_CTX* context, const std::vector<std::string>& names, Version min,
                                   Version max, Leniency leniency);

}  // namespace astray::tls
