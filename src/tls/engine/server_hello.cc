#include "tls/engine/server_hello.h"

#include <openssl/ssl.h>

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

/// RFC 6066 §3: a list that holds one host_name (type 0). OpenSSL itself refuses what is malformed.
std::optional<std::string> server_name_of(SSL* ssl) {
  const unsigned char* bytes = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &size) != 1) return std::nullopt;
  constexpr size_t header = 5;  // length of the list, type, length of the name
  std::string_view extension(reinterpret_cast<const char*>(bytes), size);
  if (size < header || extension[2] != TLSEXT_NAMETYPE_host_name) return std::nullopt;
  if (number_of(extension) != size - 2 || number_of(extension.substr(3)) != size - header)
    return std::nullopt;
  return std::string(extension.substr(header));
}

int verify_mode(ClientAuthentication authentication) {
  switch (authentication) {
    case ClientAuthentication::off:
      return SSL_VERIFY_NONE;
    case ClientAuthentication::asked:
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
  return SslPointer(SSL_new(context.state_->contexts.front().get()));
}

void ServerHello::attach(ServerConnection& connection) {
  CHECK(SSL_set_ex_data(connection.stream.ssl(), connection_index(), &connection) == 1);
}

int ServerHello::on_client_hello(SSL* ssl, int* alert, void*) {
  auto& connection = *static_cast<ServerConnection*>(SSL_get_ex_data(ssl, connection_index()));
  const ServerOptions& options = connection.context->options();
  connection.server_name = server_name_of(ssl);
  HostChoice choice = size_t{0};
  if (options.choose) {
    std::optional<std::string_view> name;
    if (connection.server_name) name = *connection.server_name;
    choice = options.choose(name);
  }
  if (const auto* refusal = std::get_if<RefuseWithAlert>(&choice)) {
    *alert = refusal->description;
    return SSL_CLIENT_HELLO_ERROR;
  }
  connection.host = std::get<size_t>(choice);
  CHECK(connection.host < options.hosts.size());
  go_over(ssl, *connection.context, connection.host);
  return SSL_CLIENT_HELLO_SUCCESS;
}

/// SSL_set_SSL_CTX takes along certificate, authorities, ALPN and session scope; the rest is set by hand.
void ServerHello::go_over(SSL* ssl, const ServerContext& context, size_t index) {
  const ServerHost& host = context.options().hosts[index];
  CHECK(SSL_set_SSL_CTX(ssl, context.state_->contexts[index].get()) != nullptr);
  SSL_set_verify(ssl, verify_mode(host.client_authentication), nullptr);
  SSL_set_min_proto_version(ssl, wire_number_of(effective_min(host.min_version, context.options().leniency)));
  SSL_set_max_proto_version(ssl, wire_number_of(host.max_version));
}

}  // namespace astray::tls
