#pragma once
#include <openssl/types.h>

#include <string>

#include "tls/engine/words.h"

namespace astray::tls {

/// What OpenSSL's error queue of this thread says, which is emptied by it.
struct OpensslError {
  FailureKind kind = FailureKind::protocol_error;
  std::string sentence;
};
/// Of an operation on this connection that failed.
OpensslError take_openssl_error(const SSL* ssl);
/// The sentence alone, for operations without a connection.
std::string take_openssl_sentence();

}  // namespace astray::tls
