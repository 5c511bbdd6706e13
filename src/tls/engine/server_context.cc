#include "tls/engine/server_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <utility>

#include "tls/engine/context_settings.h"
#include "tls/engine/identity_access.h"
#include "tls/engine/openssl_error.h"
#include "tls/engine/server_context_state.h"
#include "tls/engine/server_hello.h"
#include "tls/x509.h"

namespace astray::tls {
namespace {

int accept_any_chain(X509_STORE_CTX*, void*) {
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

std::optional<Error> trust_authorities(SSL_CTX* context, const std::string& pem) {
  std::unique_ptr<BIO, Release<BIO_free>> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int count = 0;
  while (X509* read = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    std::unique_ptr<X509, Release<X509_free>> authority(read);
    if (X509_STORE_add_cert(store, read) != 1 || SSL_CTX_add_client_CA(context, read) != 1) {
      return Error{"an authority for client certificates cannot be used: " + take_openssl_sentence()};
    }
    ++count;
  }
  ERR_clear_error();
  if (count != 0) return std::nullopt;
  return Error{"client certificates are required but their authorities hold no certificate: give PEM text"};
}

Result<SslContextPointer> make_context(const ServerOptions& options, const ServerHost& host) {
  ERR_clear_error();
  SslContextPointer owner(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = owner.get();
  if (context == nullptr) return failure("OpenSSL makes no server context: " + take_openssl_sentence());
  if (auto error =
          apply_settings(context, host.min_version, host.max_version, options.leniency, options.limits)) {
    return astray::Failure<Error>(std::move(*error));
  }
  if (auto refusal = IdentityAccess::use(host.identity, context)) {
    return failure("the certificate cannot be used (" + *refusal + ")");
  }
  if (!host.alpn.empty()) {
    SSL_CTX_set_alpn_select_cb(context, select_alpn, const_cast<AlpnList*>(&host.alpn));
  }
  if (host.client_authentication == ClientAuthentication::required || !host.client_authorities.empty()) {
    if (auto error = trust_authorities(context, host.client_authorities))
      return astray::Failure<Error>(std::move(*error));
  }
  if (host.client_authentication == ClientAuthentication::asked) {
    SSL_CTX_set_cert_verify_callback(context, accept_any_chain, nullptr);
  }
  Digest scope = sha256(host.session_scope);
  static_assert(sizeof scope <= SSL_MAX_SID_CTX_LENGTH);
  SSL_CTX_set_session_id_context(context, scope.data(), scope.size());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  bool has_tickets = options.sessions == Sessions::kept;
  SSL_CTX_set_num_tickets(context, has_tickets ? static_cast<size_t>(options.tickets) : 0);
  if (!has_tickets) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  return owner;
}

}  // namespace

Result<std::shared_ptr<const ServerContext>> ServerContext::create(ServerOptions options) {
  if (options.hosts.empty()) return failure("a TLS server without a host: give at least one");
  std::shared_ptr<ServerContext> made(new ServerContext(std::move(options), std::make_unique<State>()));
  for (size_t i = 0; i < made->options_.hosts.size(); ++i) {
    auto context = make_context(made->options_, made->options_.hosts[i]);
    if (!context) return failure(fmt::format("host {}: {}", i, context.error().message));
    made->state_->contexts.push_back(std::move(*context));
  }
  ServerHello::install(made->state_->contexts.front().get());
  return std::shared_ptr<const ServerContext>(std::move(made));
}

ServerContext::ServerContext(ServerOptions options, std::unique_ptr<State> state)
    : options_(std::move(options)), state_(std::move(state)) {}

ServerContext::~ServerContext() = default;

}  // namespace astray::tls
