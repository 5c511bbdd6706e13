#include "tls/x509.h"

#include <fmt/format.h>
#include <openssl/asn1t.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include "names/raw_host.h"
#include "tls/subject_alternative_names.h"

namespace {

// RFC 5280 §4.1 for OpenSSL's ASN.1 decoder. d2i_X509 would do as well, but it also sets up the public key,
// which takes ten times as long as all the rest, under a lock that lets no second thread help; and no key is
// used here.
struct AstrayValidity {
  ASN1_TIME* not_before;
  ASN1_TIME* not_after;
};
struct AstrayPublicKey {
  X509_ALGOR* algorithm;
  ASN1_BIT_STRING* bits;
};
struct AstrayTbsCertificate {
  ASN1_INTEGER* version;
  ASN1_INTEGER* serial_number;
  X509_ALGOR* signature_algorithm;
  X509_NAME* issuer;
  AstrayValidity* validity;
  X509_NAME* subject;
  AstrayPublicKey* public_key;
  ASN1_BIT_STRING* issuer_unique_id;
  ASN1_BIT_STRING* subject_unique_id;
  STACK_OF(X509_EXTENSION) * extensions;
};
struct AstrayX509 {
  AstrayTbsCertificate* to_be_signed;
  X509_ALGOR* signature_algorithm;
  ASN1_BIT_STRING* signature;
};

// clang-format off
ASN1_SEQUENCE(AstrayValidity) = {
  ASN1_SIMPLE(AstrayValidity, not_before, ASN1_TIME),
  ASN1_SIMPLE(AstrayValidity, not_after, ASN1_TIME)
} static_ASN1_SEQUENCE_END(AstrayValidity)

ASN1_SEQUENCE(AstrayPublicKey) = {
  ASN1_SIMPLE(AstrayPublicKey, algorithm, X509_ALGOR),
  ASN1_SIMPLE(AstrayPublicKey, bits, ASN1_BIT_STRING)
} static_ASN1_SEQUENCE_END(AstrayPublicKey)

ASN1_SEQUENCE(AstrayTbsCertificate) = {
  ASN1_EXP_OPT(AstrayTbsCertificate, version, ASN1_INTEGER, 0),
  ASN1_SIMPLE(AstrayTbsCertificate, serial_number, ASN1_INTEGER),
  ASN1_SIMPLE(AstrayTbsCertificate, signature_algorithm, X509_ALGOR),
  ASN1_SIMPLE(AstrayTbsCertificate, issuer, X509_NAME),
  ASN1_SIMPLE(AstrayTbsCertificate, validity, AstrayValidity),
  ASN1_SIMPLE(AstrayTbsCertificate, subject, X509_NAME),
  ASN1_SIMPLE(AstrayTbsCertificate, public_key, AstrayPublicKey),
  ASN1_IMP_OPT(AstrayTbsCertificate, issuer_unique_id, ASN1_BIT_STRING, 1),
  ASN1_IMP_OPT(AstrayTbsCertificate, subject_unique_id, ASN1_BIT_STRING, 2),
  ASN1_EXP_SEQUENCE_OF_OPT(AstrayTbsCertificate, extensions, X509_EXTENSION, 3)
} static_ASN1_SEQUENCE_END(AstrayTbsCertificate)

ASN1_SEQUENCE(AstrayX509) = {
  ASN1_SIMPLE(AstrayX509, to_be_signed, AstrayTbsCertificate),
  ASN1_SIMPLE(AstrayX509, signature_algorithm, X509_ALGOR),
  ASN1_SIMPLE(AstrayX509, signature, ASN1_BIT_STRING)
} static_ASN1_SEQUENCE_END(AstrayX509)
// clang-format on

}  // namespace

namespace astray {
namespace {

constexpr size_t max_subject_bytes = 1024;

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};
void release_x509(AstrayX509* x509) {
  ASN1_item_free(reinterpret_cast<ASN1_VALUE*>(x509), ASN1_ITEM_rptr(AstrayX509));
}
using X509Pointer = std::unique_ptr<AstrayX509, Release<release_x509>>;
using BioPointer = std::unique_ptr<BIO, Release<BIO_free>>;
using BasicConstraintsPointer = std::unique_ptr<BASIC_CONSTRAINTS, Release<BASIC_CONSTRAINTS_free>>;
using KeyIdPointer = std::unique_ptr<ASN1_OCTET_STRING, Release<ASN1_OCTET_STRING_free>>;
using AuthorityKeyIdPointer = std::unique_ptr<AUTHORITY_KEYID, Release<AUTHORITY_KEYID_free>>;

struct Decoded {
  X509Pointer x509;
  std::string_view der;  ///< of the certificate alone
  const AstrayTbsCertificate& fields() const { return *x509->to_be_signed; }
};

Result<Decoded, std::string> decode(std::string_view bytes) {
  auto* start = reinterpret_cast<const unsigned char*>(bytes.data());
  const unsigned char* end = start;
  ERR_clear_error();
  X509Pointer x509(reinterpret_cast<AstrayX509*>(
      ASN1_item_d2i(nullptr, &end, static_cast<long>(bytes.size()), ASN1_ITEM_rptr(AstrayX509))));
  if (x509) return Decoded{std::move(x509), bytes.substr(0, static_cast<size_t>(end - start))};

  // The first error is the innermost: "wrong tag"; the later ones only say in which field.
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  std::string why = reason != nullptr ? reason : "unknown reason";
  ERR_clear_error();
  return Failure<std::string>(fmt::format("it is not the encoding of an X.509 certificate ({})", why));
}

/// Servers read the first certificate of a file together with OpenSSL's attributes behind it, whatever its
/// label says, and refuse it if they are none.
bool is_followed_by_attributes(std::string_view bytes) {
  const auto* start = reinterpret_cast<const unsigned char*>(bytes.data());
  std::unique_ptr<X509, Release<X509_free>> x509(
      d2i_X509_AUX(nullptr, &start, static_cast<long>(bytes.size())));
  ERR_clear_error();
  return x509 != nullptr;
}

std::string_view bytes_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

std::optional<Instant> instant_of(const ASN1_TIME* time) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1) return std::nullopt;
  using namespace std::chrono;
  auto day = sys_days(year(utc.tm_year + 1900) / (utc.tm_mon + 1) / utc.tm_mday);
  return Instant{day.time_since_epoch() / seconds(1) + utc.tm_hour * 3600 + utc.tm_min * 60 + utc.tm_sec};
}

std::string one_line(const X509_NAME* name) {
  BioPointer bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    ERR_clear_error();
    return "(cannot be printed)";
  }
  char* text = nullptr;
  long size = BIO_get_mem_data(bio.get(), &text);
  std::string line(text, std::min(static_cast<size_t>(size), max_subject_bytes));
  if (static_cast<size_t>(size) > max_subject_bytes) line += "…";
  return line;
}

std::string last_common_name(const X509_NAME* name) {
  int last = -1;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) last = at;
  if (last < 0) return {};
  unsigned char* utf8 = nullptr;
  int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
  if (size < 0) {
    ERR_clear_error();
    return "(cannot be printed)";
  }
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  return RawHost(std::move(text)).printable();
}

KeyType key_type_of(const AstrayPublicKey& key) {
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, key.algorithm);
  switch (OBJ_obj2nid(algorithm)) {
    case NID_rsaEncryption:
    case NID_rsassaPss:
      return KeyType::rsa;
    case NID_X9_62_id_ecPublicKey:
      return KeyType::ecdsa;
    case NID_ED25519:
      return KeyType::ed25519;
    default:
      return KeyType::other;
  }
}

/// The extension of this kind, if it is there, once, and can be decoded.
template <typename Pointer>
Pointer extension(const AstrayTbsCertificate& fields, int nid) {
  Pointer value(
      static_cast<typename Pointer::pointer>(X509V3_get_d2i(fields.extensions, nid, nullptr, nullptr)));
  if (!value) ERR_clear_error();
  return value;
}

bool is_self_signed(const AstrayTbsCertificate& fields) {
  if (X509_NAME_cmp(fields.issuer, fields.subject) != 0) return false;
  // An authority that renewed its key may certify the new one under its own name.
  auto authority = extension<AuthorityKeyIdPointer>(fields, NID_authority_key_identifier);
  auto own = extension<KeyIdPointer>(fields, NID_subject_key_identifier);
  return !authority || authority->keyid == nullptr || !own ||
         ASN1_OCTET_STRING_cmp(authority->keyid, own.get()) == 0;
}

void take_names(const AstrayTbsCertificate& fields, Certificate& certificate) {
  int place = X509v3_get_ext_by_NID(fields.extensions, NID_subject_alt_name, -1);
  if (place < 0) return;
  certificate.has_subject_alternative_names = true;

  SubjectAlternativeNames names;
  if (X509v3_get_ext_by_NID(fields.extensions, NID_subject_alt_name, place) < 0) {
    X509_EXTENSION* extension = X509v3_get_ext(fields.extensions, place);
    names = SubjectAlternativeNames::decode(bytes_of(X509_EXTENSION_get_data(extension)));
  } else {
    names.refuse("the whole subjectAltName", "the extension stands there twice");
  }
  certificate.names = CertificateNames(std::move(names.usable));
  certificate.unusable_names = std::move(names.unusable);
}

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

Result<Certificate, std::string> decode_certificate(std::string_view der) {
  auto decoded = decode(der);
  if (!decoded) return Failure<std::string>(decoded.error());
  if (decoded->der.size() < der.size() && !is_followed_by_attributes(der)) {
    return Failure<std::string>("other bytes follow it in the same block");
  }
  const AstrayTbsCertificate& fields = decoded->fields();

  auto not_before = instant_of(fields.validity->not_before);
  auto not_after = instant_of(fields.validity->not_after);
  if (!not_before || !not_after) return Failure<std::string>("its validity is not a pair of dates");

  Certificate certificate;
  take_names(fields, certificate);
  certificate.common_name = last_common_name(fields.subject);
  certificate.not_before = *not_before;
  certificate.not_after = *not_after;
  certificate.fingerprint = sha256(decoded->der);
  certificate.subject = one_line(fields.subject);
  certificate.issuer = one_line(fields.issuer);
  certificate.self_signed = is_self_signed(fields);
  auto constraints = extension<BasicConstraintsPointer>(fields, NID_basic_constraints);
  certificate.is_ca = constraints && constraints->ca != 0;
  certificate.key_type = key_type_of(*fields.public_key);
  return certificate;
}

Result<DecodedAuthority, std::string> decode_authority(std::string_view der) {
  auto decoded = decode(der);
  if (!decoded) return Failure<std::string>(decoded.error());
  return DecodedAuthority{sha256(decoded->der), one_line(decoded->fields().subject)};
}

std::optional<EncodedKey> decode_key(std::string_view der) {
  auto decoded = decode(der);
  if (!decoded) return std::nullopt;
  const AstrayTbsCertificate& fields = decoded->fields();
  EncodedKey key;
  key.octets.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(fields.public_key->bits)),
                    static_cast<size_t>(ASN1_STRING_length(fields.public_key->bits)));
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, decoded->x509->signature_algorithm);
  int digest = NID_undef;
  if (OBJ_find_sigid_algs(OBJ_obj2nid(algorithm), &digest, nullptr) != 1) return key;
  // Half of what it has, since collisions count.
  if (digest == NID_sha256) key.digest_strength = 128;
  if (digest == NID_sha384) key.digest_strength = 192;
  if (digest == NID_sha512) key.digest_strength = 256;
  return key;
}

bool is_certificate_request(std::string_view der) {
  auto* start = reinterpret_cast<const unsigned char*>(der.data());
  std::unique_ptr<X509_REQ, Release<X509_REQ_free>> request(
      d2i_X509_REQ(nullptr, &start, static_cast<long>(der.size())));
  ERR_clear_error();
  return request != nullptr;
}

}  // namespace astray
