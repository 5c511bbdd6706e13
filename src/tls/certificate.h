#pragma once
// An X.509 certificate as far as names are judged by it. "Leaf" is the first certificate of a file, the one a
// server presents for itself; "chain" is the leaf and whatever follows it in the same file. Nothing here
// verifies a signature: the question is which names a server answers for, not whether a client would trust
// it.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "names/host.h"
#include "tls/certificate_names.h"

namespace astray {

/// SHA-256.
using Digest = std::array<uint8_t, 32>;
/// Lower-case hexadecimal digits, without separators.
std::string to_hex(const Digest& digest);

enum class KeyType : uint8_t { rsa, ecdsa, ed25519, other };
std::string_view to_string(KeyType type);

/// Immutable once made, and shared between everything that presents it.
struct Certificate {
  /// subjectAltName dNSName and iPAddress entries that can cover a host by RFC 9525, in the certificate's
  /// order.
  CertificateNames names;
  /// dNSName and iPAddress entries that cover nothing (partial wildcard, bad character, address of 5 bytes
  /// …), printable, with the reason in brackets: "f*.example.com (…)".
  std::vector<std::string> unusable_names;
  /// The subject's (last) common name, printable, "" if there is none. Never matched (RFC 9525 §2), but a
  /// certificate that has only this is told apart, since old clients and old certificates still go by it.
  std::string common_name;
  /// Is there a subjectAltName extension at all, even if none of its entries is a DNS name or an address?
  bool has_subject_alternative_names = false;

  Instant not_before;
  Instant not_after;
  Digest fingerprint{};  ///< of the leaf's DER
  std::string subject;   ///< RFC 2253 form, one line, ASCII; "" when empty, as modern issuers leave it
  std::string issuer;
  bool self_signed = false;  ///< issuer and subject are one name (and no key identifier says otherwise)
  bool is_ca = false;        ///< basicConstraints: CA
  KeyType key_type = KeyType::other;
  int chain_length = 1;  ///< certificates in the file, the leaf among them

  bool covers(const Host& host) const { return names.cover(host); }
  /// RFC 5280 §4.1.2.5: notAfter itself still belongs to the validity.
  bool expired_at(Instant now) const { return now > not_after; }
  bool not_yet_valid_at(Instant now) const { return now < not_before; }
  bool common_name_only() const { return !has_subject_alternative_names && !common_name.empty(); }
};

}  // namespace astray
