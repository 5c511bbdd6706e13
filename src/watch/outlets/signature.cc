#include "watch/outlets/signature.h"

#include <fmt/format.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "tls/certificate.h"

namespace astray::watch {

std::string sign(std::string_view secret, Instant timestamp, std::string_view body) {
  const std::string signed_text = fmt::format("{}.{}", timestamp.unix_seconds, body);
  Digest digest{};
  unsigned int size = 0;
  CHECK(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), digest.data(),
             &size) != nullptr);
  return "v1=" + to_hex(digest);
}

}  // namespace astray::watch
