#include "tls/engine/server_hello.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <utility>

#include "base/check.h"
#include "tls/engine/context_settings.h"
#include "tls/engine/server_context_state.h"

namespace astray::tls {
namespace {

int connection_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

size_t number_of(std::string_view two_bytes) {
  return static_cast<size_t>(static_cast<unsigned char>(two_bytes[0]) << 8 |
                             static_cast<unsigned char>(two_bytes[1]));
}

/// RFC 6066 §3: a list that holds one host_name (type 0) of one byte at least. False: it is something else.
bool read_server_name(SSL* ssl, std::optional<std::string>& name) {
  const unsigned char* bytes = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &size) != 1) return true;
  constexpr size_t header = 5;  // length of the list, type, length of the name
  std::string_view extension(reinterpret_cast<const char*>(bytes), size);
  if (size <= header || extension[2] != TLSEXT_NAMETYPE_host_name) return false;
  if (number_of(extension) != size - 2 || number_of(extension.substr(3)) != size - header) return false;
  name = std::string(extension.substr(header));
  return true;
}

int verify_mode(ClientAuthentication authentication) {
  switch (authentication) {
    case ClientAuthentication::off:
      return SSL_VERIFY_NONE;
    case ClientAuthentication::asked:
    case ClientAuthentication::optional:
      return SSL_VERIFY_PEER;
    case ClientAuthentication::required:
      break;
  }
  return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

}  // namespace

void ServerHello::install(SSL_CTX* context) {
  SSL_CTX_set_client_hello_cb(context, on_client_hello, nullptr);
}

SslPointer ServerHello::begin(const ServerContext& context) {
  return SslPointer(SSL_new(context.state_->beginning.get()));
}

void ServerHello::attach(ServerConnection& connection) {
  CHECK(SSL_set_ex_data(connection.stream.ssl(), connection_index(), &connection) == 1);
}

ServerConnection& ServerHello::connection_of(const SSL* ssl) {
  return *static_cast<ServerConnection*>(SSL_get_ex_data(ssl, connection_index()));
}

int ServerHello::on_client_hello(SSL* ssl, int* alert, void*) {
  ServerConnection& connection = connection_of(ssl);
  // Before anything is chosen: what is malformed here must not pass for no name at all.
  if (!read_server_name(ssl, connection.server_name)) {
    *alert = alert::decode_error;
    return SSL_CLIENT_HELLO_ERROR;
  }
  const ServerOptions& options = connection.context->options();
  const ChooseHost& choose = connection.choose ? *connection.choose : options.choose;
  HostChoice choice = size_t{0};
  if (choose) {
    std::optional<std::string_view> name;
    if (connection.server_name) name = *connection.server_name;
    choice = choose(name);
  }
  if (const auto* refusal = std::get_if<RefuseWithAlert>(&choice)) {
    *alert = refusal->description;
    return SSL_CLIENT_HELLO_ERROR;
  }
  connection.host = std::get<size_t>(choice);
  CHECK(connection.host < options.hosts.size());
  SSL_CTX* context = connection.context->state_->hosts[connection.host].get();
  if (context == nullptr) {
    *alert = alert::internal_error;
    return SSL_CLIENT_HELLO_ERROR;
  }
  go_over(ssl, context, options.hosts[connection.host], options.leniency);
  return SSL_CLIENT_HELLO_SUCCESS;
}

/// SSL_set_SSL_CTX takes along certificates, staples, ciphers, authorities, ALPN and session scope; the rest
/// is set by hand.
void ServerHello::go_over(SSL* ssl, SSL_CTX* context, const ServerHost& host, Leniency leniency) {
  CHECK(SSL_set_SSL_CTX(ssl, context) != nullptr);
  SSL_set_verify(ssl, verify_mode(host.client_authentication), nullptr);
  if (host.client_depth) SSL_set_verify_depth(ssl, *host.client_depth);
  // An authority that was named is trusted, also one that another has issued.
  X509_VERIFY_PARAM_set_flags(SSL_get0_param(ssl), X509_V_FLAG_PARTIAL_CHAIN);
  SSL_set_min_proto_version(ssl, wire_number_of(effective_min(host.min_version, leniency)));
  SSL_set_max_proto_version(ssl, wire_number_of(host.max_version));
}

}  // namespace astray::tls
