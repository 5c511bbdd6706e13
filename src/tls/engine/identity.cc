#include "tls/engine/identity.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <utility>
#include <vector>

#include "tls/certificate_file.h"
#include "tls/engine/identity_access.h"
#include "tls/engine/openssl_error.h"
#include "tls/engine/release.h"
#include "tls/regular_file.h"

namespace astray::tls {

using X509Pointer = std::unique_ptr<X509, Release<X509_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using BioPointer = std::unique_ptr<BIO, Release<BIO_free>>;

struct Identity::State {
  std::vector<X509Pointer> chain;  ///< leaf first
  KeyPointer key;
  std::string leaf_der;
};

namespace {

/// Text that may hold a private key: wiped at the end.
struct Secret {
  std::string text;
  Secret() { text.reserve(max_certificate_file_bytes); }  // growing would leave copies behind
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { OPENSSL_cleanse(text.data(), text.size()); }
};

/// No pass phrase is ever asked for.
int no_password(char*, int, int, void*) {
  return -1;
}

BioPointer bio_over(std::string_view text) {
  return BioPointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

bool is_encrypted(std::string_view pem) {
  return pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos ||
         pem.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
}

Result<std::vector<X509Pointer>> parse_chain(std::string_view pem, std::string_view name) {
  std::vector<X509Pointer> chain;
  BioPointer bio = bio_over(pem);
  ERR_clear_error();
  while (X509* certificate = PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password, nullptr)) {
    chain.emplace_back(certificate);
    if (chain.size() > max_chain_length) {
      return failure(fmt::format("{}: more than {} certificates, expected a certificate and its chain", name,
                                 max_chain_length));
    }
  }
  unsigned long error = ERR_peek_last_error();
  bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  std::string reason = take_openssl_sentence();
  if (!at_end) {
    return failure(fmt::format("{}: certificate {} cannot be read ({}): replace the file by an intact one",
                               name, chain.size() + 1, reason));
  }
  if (chain.empty()) {
    return failure(fmt::format(
        "{}: no certificate in it, expected PEM with a line \"-----BEGIN CERTIFICATE-----\"", name));
  }
  return chain;
}

Result<KeyPointer> parse_key(std::string_view pem, std::string_view name) {
  BioPointer bio = bio_over(pem);
  ERR_clear_error();
  KeyPointer key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (key) return key;
  unsigned long error = ERR_peek_last_error();
  bool none = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  std::string reason = take_openssl_sentence();
  if (is_encrypted(pem)) {
    return failure(
        fmt::format("{}: the private key is encrypted, and no pass phrase is asked for: write a plain copy "
                    "with `openssl pkey -in {} -out plain.key`",
                    name, name));
  }
  if (none || pem.find("PRIVATE KEY-----") == std::string_view::npos) {
    return failure(fmt::format(
        "{}: no private key in it, expected PEM with a line \"-----BEGIN PRIVATE KEY-----\"", name));
  }
  return failure(fmt::format("{}: the private key cannot be read ({}): replace the file by an intact one",
                             name, reason));
}

std::string der_of(X509* certificate) {
  unsigned char* der = nullptr;
  int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

std::optional<Error> read_secret(const std::string& path, Secret& secret) {
  auto error = read_regular_file(path, max_certificate_file_bytes,
                                 [&](std::string_view bytes) { secret.text.append(bytes); });
  if (!error) return std::nullopt;
  return Error{fmt::format("{}: {}", error->path, error->message)};
}

}  // namespace

Result<Identity> Identity::load(const std::string& certificate_path, const std::string& key_path) {
  Secret certificates;
  if (auto error = read_secret(certificate_path, certificates))
    return astray::Failure<Error>(std::move(*error));
  Secret keys;
  if (auto error = read_secret(key_path, keys)) return astray::Failure<Error>(std::move(*error));
  return make(certificates.text, certificate_path, keys.text, key_path);
}

Result<Identity> Identity::parse(std::string_view certificate_pem, std::string_view key_pem,
                                 std::string_view name) {
  return make(certificate_pem, name, key_pem, name);
}

Result<Identity> Identity::make(std::string_view certificate_pem, std::string_view certificate_name,
                                std::string_view key_pem, std::string_view key_name) {
  auto chain = parse_chain(certificate_pem, certificate_name);
  if (!chain) return astray::Failure<Error>(chain.error());
  auto key = parse_key(key_pem, key_name);
  if (!key) return astray::Failure<Error>(key.error());
  if (X509_check_private_key(chain->front().get(), key->get()) != 1) {
    ERR_clear_error();
    return failure(
        fmt::format("{}: this private key does not belong to the first certificate of {}: give the key that "
                    "the certificate was issued for",
                    key_name, certificate_name));
  }
  auto state = std::make_shared<State>();
  state->chain = std::move(*chain);
  state->key = std::move(*key);
  state->leaf_der = der_of(state->chain.front().get());
  return Identity(std::move(state));
}

std::string_view Identity::leaf() const {
  return state_->leaf_der;
}

std::optional<std::string> IdentityAccess::use(const Identity& identity, SSL_CTX* context) {
  const Identity::State& state = *identity.state_;
  ERR_clear_error();
  bool ok = SSL_CTX_use_certificate(context, state.chain.front().get()) == 1 &&
            SSL_CTX_use_PrivateKey(context, state.key.get()) == 1;
  for (size_t i = 1; ok && i < state.chain.size(); ++i) {
    ok = SSL_CTX_add1_chain_cert(context, state.chain[i].get()) == 1;
  }
  if (ok) return std::nullopt;
  return take_openssl_sentence();
}

}  // namespace astray::tls
