#pragma once
#include <openssl/types.h>

#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tls/engine/release.h"
#include "tls/engine/server_context.h"

namespace astray::tls {

/// What OpenSSL needs of one host, made when a client first asks for it. Its address must not change.
class HostContext {
 public:
  /// Before the first get(). The options outlive this; `trust` is the authorities of client certificates.
  void prepare(const ServerOptions& options, const ServerHost& host, TrustStore trust);
  /// From any thread; nullptr when memory is short.
  SSL_CTX* get();

 private:
  std::optional<Error> make();
  std::optional<Error> present();
  void authenticate_clients();
  std::string_view staple_for(const X509* certificate) const;
  static int on_status_request(SSL* ssl, void* host_context);

  const ServerOptions* options_ = nullptr;
  const ServerHost* host_ = nullptr;
  TrustStore trust_;
  std::once_flag once_;
  SslContextPointer context_;
  std::vector<std::pair<const X509*, const Identity*>> presented_;  ///< those with a staple
};

}  // namespace astray::tls
