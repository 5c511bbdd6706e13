#pragma once
#include <openssl/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tls/engine/words.h"

namespace astray::tls {

/// What OpenSSL's error queue of this thread says, which is emptied by it.
struct OpensslError {
  FailureKind kind = FailureKind::protocol_error;
  std::string sentence;
};
/// Empties it before an operation. ERR_clear_error() alone, called each time, is 3 % of a short request.
void clear_openssl_errors();
/// Of an operation on this connection that failed.
OpensslError take_openssl_error(const SSL* ssl);
/// The sentence alone, for operations without a connection.
std::string take_openssl_sentence();
/// After the last PEM_read_bio_X509() of a file that gave `count` certificates: why the file is not good.
/// Nothing: they end where it ends, and there are some.
std::optional<Error> problem_of_certificates(std::string_view file, size_t count);

}  // namespace astray::tls
