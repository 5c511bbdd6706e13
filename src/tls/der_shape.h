#pragma once
// What kind of thing a DER encoding is, told from its first bytes alone, before anything behind them is kept:
// a private key must never be.

#include <cstdint>
#include <string_view>

namespace astray {

enum class DerShape : uint8_t {
  undecided,    ///< more bytes are needed
  not_der,      ///< no SEQUENCE, or of a form none of these has: probably text
  certificate,  ///< or a certificate request: a SEQUENCE that holds a SEQUENCE that begins with a version
  private_key,  ///< PKCS#8, PKCS#1 or SEC 1, in the clear
  encrypted_private_key,  ///< PKCS#8 EncryptedPrivateKeyInfo; a bare public key has the same beginning
  pkcs7,                  ///< RFC 2315 ContentInfo, also CMS
  pkcs12,                 ///< RFC 7292 PFX
};

/// At most this many bytes decide.
constexpr size_t max_der_shape_bytes = 16;

/// The shape of what begins with these bytes (all there are so far).
DerShape shape_of_der(std::string_view beginning);

}  // namespace astray
