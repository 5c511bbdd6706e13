#include "tls/engine/client_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <utility>

#include "tls/engine/client_context_state.h"
#include "tls/engine/context_settings.h"
#include "tls/engine/identity_access.h"
#include "tls/engine/openssl_error.h"
#include "tls/engine/stream.h"

namespace astray::tls {
namespace {

/// Verification costs a signature check per certificate and connection: see trust.h.
int accept_any_chain(X509_STORE_CTX*, void*) {
  return 1;
}

/// Leaves OpenSSL's own reference with OpenSSL.
int keep_session(SSL* ssl, SSL_SESSION* session) {
  Stream::of(ssl).keep_session(session);
  return 0;
}

}  // namespace

Result<std::shared_ptr<const ClientContext>> ClientContext::create(ClientOptions options) {
  ERR_clear_error();
  auto state = std::make_unique<State>();
  state->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = state->context.get();
  if (context == nullptr) return failure("OpenSSL makes no client context: " + take_openssl_sentence());
  if (auto error = apply_settings(context, options.min_version, options.max_version, options.leniency,
                                  options.limits)) {
    return astray::Failure<Error>(std::move(*error));
  }
  SSL_CTX_set_cert_verify_callback(context, accept_any_chain, nullptr);
  if (options.identity) {
    if (auto refusal = IdentityAccess::use(*options.identity, context)) {
      return failure("the client certificate cannot be used (" + *refusal +
                     "): take one with a stronger key, or allow old cryptography");
    }
  }
  if (options.sessions == Sessions::kept) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_session);
  } else {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  }
  std::string_view alpn = options.alpn.wire();
  if (!alpn.empty() && SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(alpn.data()),
                                               static_cast<unsigned>(alpn.size())) != 0) {
    return failure("OpenSSL refuses the ALPN list: " + take_openssl_sentence());
  }
  return std::shared_ptr<const ClientContext>(new ClientContext(std::move(options), std::move(state)));
}

ClientContext::ClientContext(ClientOptions options, std::unique_ptr<State> state)
    : options_(std::move(options)), state_(std::move(state)) {}

ClientContext::~ClientContext() = default;

}  // namespace astray::tls
