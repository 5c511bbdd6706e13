#include "tls/engine/identity.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "tls/engine/identity_access.h"
#include "tls/engine/identity_reader.h"
#include "tls/engine/identity_state.h"
#include "tls/engine/openssl_error.h"
#include "tls/engine/release.h"

namespace astray::tls {
namespace {

using X509Pointer = std::unique_ptr<X509, Release<X509_free>>;

X509Pointer certificate_of(std::string_view der) {
  auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return X509Pointer(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

int never_a_password(char*, int, int, void*) {
  return -1;
}

bool use_key(std::string_view pem, SSL_CTX* context) {
  std::unique_ptr<BIO, Release<BIO_free>> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, never_a_password, nullptr));
  return key && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

}  // namespace

Secret::~Secret() {
  wipe();
}

void Secret::append(std::string_view bytes) {
  CHECK(text_.size() + bytes.size() <= text_.capacity());
  text_.append(bytes);
}

void Secret::wipe() {
  OPENSSL_cleanse(text_.data(), text_.size());
  text_.clear();
}

Result<Identity> Identity::load(const std::string& certificate_path, const std::string& key_path) {
  return IdentityReader().load(certificate_path, key_path);
}

Result<Identity> Identity::parse(std::string_view certificate_pem, std::string_view key_pem,
                                 std::string_view name) {
  return IdentityReader().parse(certificate_pem, key_pem, name);
}

std::string_view Identity::leaf() const {
  return state_->leaf_der;
}

const Certificate& Identity::certificate() const {
  return state_->certificate;
}

std::optional<std::string> IdentityAccess::use(const Identity& identity, SSL_CTX* context) {
  const Identity::State& state = *identity.state_;
  ERR_clear_error();
  X509Pointer leaf = certificate_of(state.leaf_der);
  bool ok =
      leaf && SSL_CTX_use_certificate(context, leaf.get()) == 1 && use_key(state.key_pem->text(), context);
  for (size_t i = 0; ok && i < state.chain.size(); ++i) {
    X509Pointer behind = certificate_of(state.chain[i]->der);
    ok = behind && SSL_CTX_add1_chain_cert(context, behind.get()) == 1;
  }
  if (ok) return std::nullopt;
  return take_openssl_sentence();
}

std::optional<std::string> IdentityAccess::weakness(const Identity& identity) {
  const Identity::State& state = *identity.state_;
  if (!state.weakness.empty()) return state.weakness;
  for (const auto& behind : state.chain) {
    if (!behind->weakness.empty()) return behind->weakness;
  }
  return std::nullopt;
}

}  // namespace astray::tls
