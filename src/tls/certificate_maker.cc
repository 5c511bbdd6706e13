#include "tls/certificate_maker.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <utility>

namespace astray {
namespace {

constexpr int64_t half_a_day = 12 * 60 * 60;  // seconds

template <auto release>
struct ReleaseMade {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};
using MadeKey = std::unique_ptr<EVP_PKEY, ReleaseMade<EVP_PKEY_free>>;
using MadeCertificate = std::unique_ptr<X509, ReleaseMade<X509_free>>;
using MadeNames = std::unique_ptr<GENERAL_NAMES, ReleaseMade<GENERAL_NAMES_free>>;
using MadeText = std::unique_ptr<BIO, ReleaseMade<BIO_free>>;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_in(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return {text, static_cast<size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const MadeText bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return text_in(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const MadeText bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_in(bio.get());
}

bool set_serial(X509* certificate) {
  uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return false;
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1;
}

/// Everything but extensions and signature.
MadeCertificate begin(std::string_view common_name, EVP_PKEY* key, Instant now) {
  MadeCertificate made(X509_new());
  X509* certificate = made.get();
  X509_set_version(certificate, X509_VERSION_3);
  X509_NAME* subject = X509_get_subject_name(certificate);
  const bool filled =
      set_serial(certificate) && X509_set_pubkey(certificate, key) == 1 &&
      ASN1_TIME_adj(X509_getm_notBefore(certificate), now.unix_seconds - half_a_day, 0, 0) != nullptr &&
      ASN1_TIME_adj(X509_getm_notAfter(certificate), now.unix_seconds + half_a_day, 0, 0) != nullptr &&
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, octets(common_name),
                                 static_cast<int>(common_name.size()), -1, 0) == 1;
  if (!filled) made.reset();
  return made;
}

bool add_names(X509* certificate, const std::vector<std::string>& names) {
  if (names.empty()) return true;
  const MadeNames all(sk_GENERAL_NAME_new_null());
  for (const std::string& name : names) {
    ASN1_STRING* text = ASN1_STRING_type_new(V_ASN1_IA5STRING);
    ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
    GENERAL_NAME* entry = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(entry, GEN_DNS, text);
    sk_GENERAL_NAME_push(all.get(), entry);
  }
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, all.get(), 0, X509V3_ADD_APPEND) == 1;
}

bool add_authority_constraint(X509* certificate) {
  const std::unique_ptr<BASIC_CONSTRAINTS, ReleaseMade<BASIC_CONSTRAINTS_free>> constraint(
      BASIC_CONSTRAINTS_new());
  constraint->ca = 0xFF;
  return X509_add1_ext_i2d(certificate, NID_basic_constraints, constraint.get(), 1, X509V3_ADD_APPEND) == 1;
}

Failure<Error> not_made() {
  return failure("OpenSSL could not make a key and a certificate");
}

}  // namespace

struct CertificateMaker::State {
  MadeKey key;
  MadeCertificate certificate;
  Instant now;
};

CertificateMaker::CertificateMaker(std::unique_ptr<State> state) : state_(std::move(state)) {}
CertificateMaker::CertificateMaker(CertificateMaker&&) noexcept = default;
CertificateMaker& CertificateMaker::operator=(CertificateMaker&&) noexcept = default;
CertificateMaker::~CertificateMaker() = default;

Result<CertificateMaker> CertificateMaker::create(std::string_view common_name, Instant now) {
  MadeKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (key == nullptr) return not_made();
  MadeCertificate certificate = begin(common_name, key.get(), now);
  if (certificate == nullptr) return not_made();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  if (!add_authority_constraint(certificate.get()) ||
      X509_sign(certificate.get(), key.get(), EVP_sha256()) <= 0)
    return not_made();
  return CertificateMaker(std::make_unique<State>(State{std::move(key), std::move(certificate), now}));
}

std::string CertificateMaker::authority_pem() const {
  return pem_of(state_->certificate.get());
}

Result<CertificateMaker::Made> CertificateMaker::make(std::string_view common_name,
                                                      const std::vector<std::string>& names) const {
  const MadeKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (key == nullptr) return not_made();
  const MadeCertificate certificate = begin(common_name, key.get(), state_->now);
  if (certificate == nullptr) return not_made();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(state_->certificate.get()));
  if (!add_names(certificate.get(), names) ||
      X509_sign(certificate.get(), state_->key.get(), EVP_sha256()) <= 0)
    return not_made();
  return Made{pem_of(certificate.get()), pem_of(key.get())};
}

}  // namespace astray
