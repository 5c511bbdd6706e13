#include "tls/engine/trust.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <utility>
#include <vector>

#include "tls/certificate_file.h"
#include "tls/engine/openssl_error.h"
#include "tls/engine/release.h"
#include "tls/engine/trust_access.h"
#include "tls/regular_file.h"
#include "tls/x509.h"

namespace astray::tls {

struct TrustStore::State {
  std::unique_ptr<X509_STORE, Release<X509_STORE_free>> store;
};

namespace {

using X509Pointer = std::unique_ptr<X509, Release<X509_free>>;

/// Not the certificates in it.
void release_stack(STACK_OF(X509) * stack) {
  sk_X509_free(stack);
}

X509Pointer decoded(std::string_view der) {
  auto* at = reinterpret_cast<const unsigned char*>(der.data());
  X509Pointer certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  return certificate;
}

TrustProblem problem_of(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return TrustProblem::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return TrustProblem::not_yet_valid;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return TrustProblem::self_signed;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return TrustProblem::unknown_issuer;
    default:
      return TrustProblem::other;
  }
}

}  // namespace

std::string_view to_string(TrustProblem problem) {
  switch (problem) {
    case TrustProblem::none:
      return "none";
    case TrustProblem::not_checked:
      return "not_checked";
    case TrustProblem::expired:
      return "expired";
    case TrustProblem::not_yet_valid:
      return "not_yet_valid";
    case TrustProblem::self_signed:
      return "self_signed";
    case TrustProblem::unknown_issuer:
      return "unknown_issuer";
    case TrustProblem::wrong_host:
      return "wrong_host";
    case TrustProblem::unreadable:
      return "unreadable";
    case TrustProblem::other:
      break;
  }
  return "other";
}

Result<TrustStore> TrustStore::system() {
  auto state = std::make_shared<State>();
  ERR_clear_error();
  state->store.reset(X509_STORE_new());
  if (!state->store || X509_STORE_set_default_paths(state->store.get()) != 1) {
    return failure("the machine's certificate authorities cannot be used: " + take_openssl_sentence());
  }
  ERR_clear_error();
  TrustStore store;
  store.state_ = std::move(state);
  return store;
}

Result<TrustStore> TrustStore::parse(std::string_view pem, std::string_view name) {
  auto state = std::make_shared<State>();
  state->store.reset(X509_STORE_new());
  std::unique_ptr<BIO, Release<BIO_free>> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!state->store || !bio) return failure("memory is short");
  ERR_clear_error();
  size_t count = 0;
  while (X509* read = PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr)) {
    X509Pointer authority(read);
    if (X509_STORE_add_cert(state->store.get(), read) != 1) {
      return failure(
          fmt::format("{}: authority {} cannot be used ({})", name, count + 1, take_openssl_sentence()));
    }
    ++count;
  }
  if (auto error = problem_of_certificates(name, count)) return astray::Failure<Error>(std::move(*error));
  TrustStore store;
  store.state_ = std::move(state);
  return store;
}

Result<TrustStore> TrustStore::load(const std::string& path) {
  std::string pem;
  auto error =
      read_regular_file(path, max_authorities_file_bytes, [&](std::string_view bytes) { pem.append(bytes); });
  if (error) return failure(fmt::format("{}: {}", error->path, error->message));
  return parse(pem, path);
}

X509_STORE* TrustAccess::of(const TrustStore& store) {
  return store.state_->store.get();
}

TrustAnswer check_trust(std::span<const std::string_view> chain, const Host& host, const TrustStore& store,
                        Instant now) {
  if (store.empty())
    return {TrustProblem::not_checked, "no authorities were given to check the certificate against"};
  if (chain.empty()) return {TrustProblem::unreadable, "the server sent no certificate"};
  std::vector<X509Pointer> certificates;
  for (std::string_view der : chain) {
    certificates.push_back(decoded(der));
    if (certificates.back()) continue;
    return {TrustProblem::unreadable,
            fmt::format("certificate {} of {} cannot be decoded", certificates.size(), chain.size())};
  }

  std::unique_ptr<STACK_OF(X509), Release<release_stack>> others(sk_X509_new_null());
  std::unique_ptr<X509_STORE_CTX, Release<X509_STORE_CTX_free>> check(X509_STORE_CTX_new());
  if (!others || !check) return {TrustProblem::other, "memory is short"};
  for (size_t i = 1; i < certificates.size(); ++i) sk_X509_push(others.get(), certificates[i].get());
  if (X509_STORE_CTX_init(check.get(), TrustAccess::of(store), certificates.front().get(), others.get()) !=
      1) {
    return {TrustProblem::other, take_openssl_sentence()};
  }
  X509_STORE_CTX_set_default(check.get(), "ssl_server");
  X509_STORE_CTX_set_time(check.get(), 0, static_cast<time_t>(now.unix_seconds));
  bool trusted = X509_verify_cert(check.get()) == 1;
  int error = X509_STORE_CTX_get_error(check.get());
  int depth = X509_STORE_CTX_get_error_depth(check.get());
  ERR_clear_error();
  if (!trusted) {
    return {problem_of(error), fmt::format("{} (certificate {} of {})", X509_verify_cert_error_string(error),
                                           depth + 1, chain.size())};
  }

  auto leaf = decode_certificate(chain.front());
  if (!leaf) return {TrustProblem::unreadable, leaf.error()};
  if (!leaf->covers(host))
    return {TrustProblem::wrong_host, fmt::format("the certificate does not cover {}", host.text())};
  return {};
}

}  // namespace astray::tls
