#pragma once
// The only place that decodes X.509.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tls/certificate.h"

namespace astray {

/// A server's own certificate. Behind it may stand the attributes of a TRUSTED CERTIFICATE block, which do
/// not count. The error is the reason, without a full stop. chain_length is left at 1. No signature is
/// verified.
Result<Certificate, std::string> decode_certificate(std::string_view der);

/// As much of a certificate as the identity of an authority needs. What stands behind it is ignored, as
/// OpenSSL ignores it there.
struct DecodedAuthority {
  Digest fingerprint{};
  std::string subject;
};
Result<DecodedAuthority, std::string> decode_authority(std::string_view der);

/// What tells whether a key belongs to a certificate, without the cost of setting the key up.
struct EncodedKey {
  std::string octets;       ///< subjectPublicKey: of an elliptic curve the point (RFC 5480 §2.2)
  int digest_strength = 0;  ///< of the issuer's signature, in bits; 0: the algorithm does not tell
};
std::optional<EncodedKey> decode_key(std::string_view der);

/// Is it a certificate request (PKCS #10) rather than a certificate?
bool is_certificate_request(std::string_view der);

Digest sha256(std::string_view bytes);

}  // namespace astray
