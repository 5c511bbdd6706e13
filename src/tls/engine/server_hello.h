#pragma once
#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "tls/engine/server_context.h"
#include "tls/engine/stream.h"

namespace astray::tls {

struct ServerConnection {
  std::shared_ptr<const ServerContext> context;
  std::shared_ptr<const ChooseHost> choose;  ///< nullptr: the context's
  std::optional<std::string> server_name;
  size_t host = 0;
  Stream stream;
};

/// What a server does with a ClientHello: it reads the SNI and goes over to the context of the chosen host.
class ServerHello {
 public:
  /// To be called on the context that connections begin with.
  static void install(SSL_CTX* context);
  static SslPointer begin(const ServerContext& context);
  static void attach(ServerConnection& connection);
  static ServerConnection& connection_of(const SSL* ssl);

 private:
  static int on_client_hello(SSL* ssl, int* alert, void* argument);
  static void go_over(SSL* ssl, SSL_CTX* context, const ServerHost& host, Leniency leniency);
};

}  // namespace astray::tls
