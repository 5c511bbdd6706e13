#include "support/certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>

namespace astray::test {
namespace {

/// Broken test support is no result of a test.
void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "tests/support/certificates.cc: cannot %s\n", what);
  std::abort();
}

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};
using X509Pointer = std::unique_ptr<X509, Release<X509_free>>;
using RequestPointer = std::unique_ptr<X509_REQ, Release<X509_REQ_free>>;
using NamesPointer = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;
using BioPointer = std::unique_ptr<BIO, Release<BIO_free>>;

EVP_PKEY* key_of(TestKey kind) {
  static EVP_PKEY* const ecdsa = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  static EVP_PKEY* const ed25519 = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  switch (kind) {
    case TestKey::ecdsa:
      return ecdsa;
    case TestKey::ed25519:
      return ed25519;
    case TestKey::rsa:
      break;
  }
  static EVP_PKEY* const rsa = EVP_RSA_gen(2048);  // slow: only for who asks
  return rsa;
}

const EVP_MD* signing_digest(TestKey kind) {
  return kind == TestKey::ed25519 ? nullptr : EVP_sha256();
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string written(const std::function<int(BIO*)>& write) {
  BioPointer bio(BIO_new(BIO_s_mem()));
  require(write(bio.get()) == 1, "write into memory");
  char* text = nullptr;
  long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

X509Pointer decoded(const std::string& der) {
  const unsigned char* at = bytes_of(der);
  X509Pointer certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  require(certificate != nullptr, "decode a certificate");
  return certificate;
}

void set_time(ASN1_TIME* field, Instant instant) {
  std::time_t seconds = instant.unix_seconds;
  require(ASN1_TIME_adj(field, seconds, 0, 0) != nullptr, "set a validity date");
}

ASN1_STRING* string_of(int type, std::string_view bytes) {
  ASN1_STRING* string = ASN1_STRING_type_new(type);
  require(ASN1_STRING_set(string, bytes.data(), static_cast<int>(bytes.size())) == 1, "set a string");
  return string;
}

void add_extension(X509* certificate, int nid, void* value) {
  require(X509_add1_ext_i2d(certificate, nid, value, 0, X509V3_ADD_APPEND) == 1, "add an extension");
}

void add_extension_der(X509* certificate, int nid, std::string_view der) {
  ASN1_STRING* bytes = string_of(V_ASN1_OCTET_STRING, der);
  X509_EXTENSION* extension = X509_EXTENSION_create_by_NID(nullptr, nid, 0, bytes);
  require(X509_add_ext(certificate, extension, -1) == 1, "add an extension");
  X509_EXTENSION_free(extension);
  ASN1_STRING_free(bytes);
}

RequestPointer request_for(const std::string& der, TestKey kind) {
  X509Pointer certificate = decoded(der);
  RequestPointer request(X509_REQ_new());
  require(X509_REQ_set_subject_name(request.get(), X509_get_subject_name(certificate.get())) == 1 &&
              X509_REQ_set_pubkey(request.get(), key_of(kind)) == 1 &&
              X509_REQ_sign(request.get(), key_of(kind), signing_digest(kind)) > 0,
          "make a certificate request");
  return request;
}

}  // namespace

Instant instant(std::string_view text) {
  std::tm utc{};
  std::string whole = text.size() == 10 ? std::string(text) + "T00:00:00Z" : std::string(text);
  const char* rest = ::strptime(whole.c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  require(rest != nullptr && *rest == '\0', "read a date");
  return Instant{::timegm(&utc)};
}

std::string pem_block(std::string_view label, std::string_view bytes) {
  std::string name(label);
  return written([&](BIO* bio) {
    return PEM_write_bio(bio, name.c_str(), "", bytes_of(bytes), static_cast<long>(bytes.size())) > 0 ? 1 : 0;
  });
}

std::string TestCertificate::pem(std::string_view label) const {
  return pem_block(label, der_);
}

std::string TestCertificate::trusted_pem() const {
  X509Pointer certificate = decoded(der_);
  std::string alias = "a name of its own";
  require(X509_alias_set1(certificate.get(), bytes_of(alias), static_cast<int>(alias.size())) == 1,
          "set an alias");
  return written([&](BIO* bio) { return PEM_write_bio_X509_AUX(bio, certificate.get()); });
}

std::string TestCertificate::key_pem() const {
  return written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key_of(key_), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string TestCertificate::key_der() const {
  return written([&](BIO* bio) {
    return i2d_PKCS8PrivateKey_bio(bio, key_of(key_), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string TestCertificate::encrypted_key_pem() const {
  char password[] = "secret";
  return written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key_of(key_), EVP_aes_128_cbc(), password, 6, nullptr, nullptr);
  });
}

std::string TestCertificate::old_encrypted_key_pem() const {
  std::string password = "secret";
  return written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey_traditional(bio, key_of(key_), EVP_aes_128_cbc(), bytes_of(password), 6,
                                                nullptr, nullptr);
  });
}

std::string TestCertificate::pkcs12() const {
  X509Pointer certificate = decoded(der_);
  std::unique_ptr<PKCS12, Release<PKCS12_free>> container(
      PKCS12_create("secret", "site", key_of(key_), certificate.get(), nullptr, 0, 0, 0, 0, 0));
  return written([&](BIO* bio) { return i2d_PKCS12_bio(bio, container.get()); });
}

std::string TestCertificate::request_pem() const {
  RequestPointer request = request_for(der_, key_);
  return written([&](BIO* bio) { return PEM_write_bio_X509_REQ(bio, request.get()); });
}

std::string TestCertificate::request_der() const {
  RequestPointer request = request_for(der_, key_);
  return written([&](BIO* bio) { return i2d_X509_REQ_bio(bio, request.get()); });
}

std::string TestCertificate::hashed_name() const {
  char name[16];
  std::snprintf(name, sizeof name, "%08lx.0", X509_subject_name_hash(decoded(der_).get()));
  return name;
}

CertificateBuilder::CertificateBuilder() : from_(instant("2026-01-01")), until_(instant("2036-01-01")) {}

CertificateBuilder& CertificateBuilder::names(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    if (ASN1_OCTET_STRING* address = a2i_IPADDRESS(text.c_str())) {
      address_bytes({reinterpret_cast<const char*>(ASN1_STRING_get0_data(address)),
                     static_cast<size_t>(ASN1_STRING_length(address))});
      ASN1_OCTET_STRING_free(address);
    } else {
      dns(text);
    }
  }
  return *this;
}

CertificateBuilder& CertificateBuilder::dns(std::string_view bytes) {
  entries_.emplace_back(Entry::dns, bytes);
  return *this;
}

CertificateBuilder& CertificateBuilder::address_bytes(std::string_view bytes) {
  entries_.emplace_back(Entry::address, bytes);
  return *this;
}

CertificateBuilder& CertificateBuilder::uri(std::string_view text) {
  entries_.emplace_back(Entry::uri, text);
  return *this;
}

CertificateBuilder& CertificateBuilder::subject_alternative_name_der(std::string_view der) {
  subject_alternative_name_der_ = der;
  return *this;
}

CertificateBuilder& CertificateBuilder::common_name(std::string_view text) {
  return subject("CN", text);
}

CertificateBuilder& CertificateBuilder::subject(std::string_view attribute, std::string_view text) {
  subject_.emplace_back(attribute, text);
  return *this;
}

CertificateBuilder& CertificateBuilder::valid(Instant from, Instant until) {
  from_ = from;
  until_ = until;
  return *this;
}

CertificateBuilder& CertificateBuilder::authority() {
  authority_ = true;
  return *this;
}

CertificateBuilder& CertificateBuilder::issued_by(const TestCertificate& issuer) {
  issuer_der_ = issuer.der();
  issuer_key_ = issuer.key();
  return *this;
}

CertificateBuilder& CertificateBuilder::key_identifiers(std::string_view own, std::string_view authority) {
  own_key_identifier_ = own;
  authority_key_identifier_ = authority;
  return *this;
}

CertificateBuilder& CertificateBuilder::key(TestKey kind) {
  key_ = kind;
  return *this;
}

CertificateBuilder& CertificateBuilder::serial(int64_t number) {
  serial_ = number;
  return *this;
}

TestCertificate CertificateBuilder::build() const {
  X509Pointer owner(X509_new());
  X509* certificate = owner.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), serial_);
  set_time(X509_getm_notBefore(certificate), from_);
  set_time(X509_getm_notAfter(certificate), until_);
  X509_set_pubkey(certificate, key_of(key_));

  X509_NAME* name = X509_get_subject_name(certificate);
  for (const auto& [attribute, text] : subject_) {
    require(X509_NAME_add_entry_by_txt(name, attribute.c_str(), MBSTRING_UTF8, bytes_of(text),
                                       static_cast<int>(text.size()), -1, 0) == 1,
            "set the subject");
  }
  if (issuer_der_.empty()) {
    X509_set_issuer_name(certificate, name);
  } else {
    X509_set_issuer_name(certificate, X509_get_subject_name(decoded(issuer_der_).get()));
  }

  if (!entries_.empty()) {
    NamesPointer names(sk_GENERAL_NAME_new_null());
    for (const auto& [entry, bytes] : entries_) {
      GENERAL_NAME* general = GENERAL_NAME_new();
      bool is_address = entry == Entry::address;
      int type = is_address ? GEN_IPADD : entry == Entry::dns ? GEN_DNS : GEN_URI;
      GENERAL_NAME_set0_value(general, type,
                              string_of(is_address ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING, bytes));
      sk_GENERAL_NAME_push(names.get(), general);
    }
    add_extension(certificate, NID_subject_alt_name, names.get());
  }
  if (!subject_alternative_name_der_.empty()) {
    add_extension_der(certificate, NID_subject_alt_name, subject_alternative_name_der_);
  }
  if (authority_) {
    std::unique_ptr<BASIC_CONSTRAINTS, Release<BASIC_CONSTRAINTS_free>> constraints(BASIC_CONSTRAINTS_new());
    constraints->ca = 0xFF;
    add_extension(certificate, NID_basic_constraints, constraints.get());
  }
  if (!own_key_identifier_.empty()) {
    std::unique_ptr<ASN1_STRING, Release<ASN1_STRING_free>> own(
        string_of(V_ASN1_OCTET_STRING, own_key_identifier_));
    add_extension(certificate, NID_subject_key_identifier, own.get());
  }
  if (!authority_key_identifier_.empty()) {
    std::unique_ptr<AUTHORITY_KEYID, Release<AUTHORITY_KEYID_free>> authority(AUTHORITY_KEYID_new());
    authority->keyid = string_of(V_ASN1_OCTET_STRING, authority_key_identifier_);
    add_extension(certificate, NID_authority_key_identifier, authority.get());
  }

  TestKey signer = issuer_der_.empty() ? key_ : issuer_key_;
  require(X509_sign(certificate, key_of(signer), signing_digest(signer)) > 0, "sign a certificate");
  unsigned char* der = nullptr;
  int size = i2d_X509(certificate, &der);
  require(size > 0, "encode a certificate");
  std::string encoded(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return {std::move(encoded), key_};
}

}  // namespace astray::test
