#include "tls/engine/host_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tls/engine/cipher_choice.h"
#include "tls/engine/context_settings.h"
#include "tls/engine/identity_access.h"
#include "tls/engine/openssl_error.h"
#include "tls/engine/trust_access.h"
#include "tls/x509.h"

namespace astray::tls {
namespace {

int accept_any_client(X509_STORE_CTX*, void*) {
  return 1;
}

/// The server's order counts.
int select_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                unsigned offered_size, void* list) {
  std::string_view ours = static_cast<const AlpnList*>(list)->wire();
  unsigned char* found = nullptr;
  int result = SSL_select_next_proto(&found, chosen_size, reinterpret_cast<const unsigned char*>(ours.data()),
                                     static_cast<unsigned>(ours.size()), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

void HostContext::prepare(const ServerOptions& options, const ServerHost& host, TrustStore trust) {
  options_ = &options;
  host_ = &host;
  trust_ = std::move(trust);
}

SSL_CTX* HostContext::get() {
  std::call_once(once_, [this] {
    // Whatever can be wrong with the settings was found before: ServerContext::create().
    if (make()) context_.reset();
  });
  return context_.get();
}

std::optional<Error> HostContext::make() {
  ERR_clear_error();
  context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = context_.get();
  if (context == nullptr) return Error{take_openssl_sentence()};
  if (auto error = apply_settings(context, host_->min_version, host_->max_version, options_->leniency,
                                  options_->limits))
    return error;
  if (auto error =
          apply_ciphers(context, host_->ciphers, host_->min_version, host_->max_version, options_->leniency))
    return error;
  if (auto error = present()) return error;
  if (!host_->alpn.empty())
    SSL_CTX_set_alpn_select_cb(context, select_alpn, const_cast<AlpnList*>(&host_->alpn));
  authenticate_clients();
  Digest scope = sha256(host_->session_scope);
  static_assert(sizeof scope <= SSL_MAX_SID_CTX_LENGTH);
  SSL_CTX_set_session_id_context(context, scope.data(), scope.size());
  // Else session ids would be handed out for sessions that nobody keeps.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return std::nullopt;
}

std::optional<Error> HostContext::present() {
  const auto put = [this](const Identity& identity) -> std::optional<Error> {
    if (auto refusal = IdentityAccess::use(identity, context_.get())) return Error{std::move(*refusal)};
    if (!IdentityAccess::staple(identity).empty())
      presented_.emplace_back(SSL_CTX_get0_certificate(context_.get()), &identity);
    return std::nullopt;
  };
  if (auto error = put(host_->identity)) return error;
  for (const Identity& other : host_->other_identities) {
    if (auto error = put(other)) return error;
  }
  if (!presented_.empty()) {
    SSL_CTX_set_tlsext_status_cb(context_.get(), on_status_request);
    SSL_CTX_set_tlsext_status_arg(context_.get(), this);
  }
  return std::nullopt;
}

void HostContext::authenticate_clients() {
  SSL_CTX* context = context_.get();
  if (host_->client_authentication == ClientAuthentication::asked)
    SSL_CTX_set_cert_verify_callback(context, accept_any_client, nullptr);
  if (trust_.empty()) return;
  X509_STORE* store = TrustAccess::of(trust_);
  SSL_CTX_set1_cert_store(context, store);
  X509_STORE_lock(store);
  const STACK_OF(X509_OBJECT)* authorities = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(authorities); ++i) {
    if (X509* authority = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(authorities, i)))
      SSL_CTX_add_client_CA(context, authority);
  }
  X509_STORE_unlock(store);
}

std::string_view HostContext::staple_for(const X509* certificate) const {
  for (const auto& [presented, identity] : presented_) {
    if (presented == certificate) return IdentityAccess::staple(*identity);
  }
  return "";
}

/// OpenSSL has made its choice among the certificates by now.
int HostContext::on_status_request(SSL* ssl, void* host_context) {
  std::string_view staple = static_cast<HostContext*>(host_context)->staple_for(SSL_get_certificate(ssl));
  if (staple.empty()) return SSL_TLSEXT_ERR_NOACK;
  void* copy = OPENSSL_memdup(staple.data(), staple.size());
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(staple.size()));  // takes it
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace astray::tls
