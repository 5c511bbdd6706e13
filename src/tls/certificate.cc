#include "tls/certificate.h"

namespace astray {

std::string to_hex(const Digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * digest.size());
  for (uint8_t byte : digest) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

std::string_view to_string(KeyType type) {
  switch (type) {
    case KeyType::rsa:
      return "rsa";
    case KeyType::ecdsa:
      return "ecdsa";
    case KeyType::ed25519:
      return "ed25519";
    case KeyType::other:
      return "other";
  }
  return {};
}

}  // namespace astray
