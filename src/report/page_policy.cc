#include "report/page_policy.h"

#include <fmt/format.h>

#include "tls/base64.h"
#include "tls/x509.h"

namespace astray {

std::string hash_source(std::string_view text) {
  const Digest digest = sha256(text);
  return fmt::format("'sha256-{}'",
                     encode_base64({reinterpret_cast<const char*>(digest.data()), digest.size()}));
}

}  // namespace astray
