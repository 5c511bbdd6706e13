#include "tls/engine/client.h"

#include <openssl/ssl.h>

#include <utility>

#include "base/check.h"
#include "tls/engine/client_context_state.h"
#include "tls/engine/session_access.h"
#include "tls/engine/stream.h"

namespace astray::tls {

struct Client::State {
  std::shared_ptr<const ClientContext> context;
  Stream stream;
};

namespace {

/// Sees each extension of the server's messages.
void on_extension(SSL* ssl, int, int type, const unsigned char*, int, void*) {
  if (type == TLSEXT_TYPE_server_name) Stream::of(ssl).acknowledge_server_name();
}

HandshakeDone describe(Stream& stream) {
  HandshakeDone done;
  done.version = stream.version();
  done.cipher = stream.cipher();
  done.alpn = stream.alpn();
  done.kind = stream.kind();
  done.peer_chain = stream.peer_chain();
  done.certificate_request = stream.certificate_request();
  done.server_name = stream.server_name_answer();
  return done;
}

}  // namespace

std::string_view to_string(ServerNameRefusal refusal) {
  switch (refusal) {
    case ServerNameRefusal::empty:
      return "an SNI of no bytes cannot be sent";
    case ServerNameRefusal::longer_than_255_bytes:
      return "an SNI of more than 255 bytes cannot be sent";
    case ServerNameRefusal::contains_nul:
      break;
  }
  return "an SNI with a NUL byte cannot be sent";
}

Result<Client, ServerNameRefusal> Client::create(std::shared_ptr<const ClientContext> context,
                                                 ClientParameters parameters) {
  using Refused = tl::unexpected<ServerNameRefusal>;
  if (const auto& name = parameters.server_name) {
    if (name->empty()) return Refused(ServerNameRefusal::empty);
    if (name->size() > TLSEXT_MAXLEN_host_name) return Refused(ServerNameRefusal::longer_than_255_bytes);
    if (name->find('\0') != std::string::npos) return Refused(ServerNameRefusal::contains_nul);
  }
  SslPointer owner(SSL_new(context->state_->context.get()));
  SSL* ssl = owner.get();
  CHECK(ssl != nullptr);
  if (parameters.server_name) CHECK(SSL_set_tlsext_host_name(ssl, parameters.server_name->c_str()) == 1);
  if (parameters.alpn) {
    std::string_view alpn = parameters.alpn->wire();
    CHECK(SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(alpn.data()),
                              static_cast<unsigned>(alpn.size())) == 0);
  }
  if (parameters.session) {
    std::unique_ptr<SSL_SESSION, Release<SSL_SESSION_free>> copy(SessionAccess::copy(*parameters.session));
    CHECK(copy != nullptr && SSL_set_session(ssl, copy.get()) == 1);
  }
  SSL_set_tlsext_debug_callback(ssl, on_extension);

  const Limits& limits = context->options().limits;
  std::unique_ptr<State> state(
      new State{std::move(context), Stream(std::move(owner), Stream::Role::client, limits)});
  state->stream.name_sessions(std::move(parameters.server_name));
  return Client(std::move(state));
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

void Client::receive(std::string_view bytes) {
  state_->stream.receive(bytes);
}

void Client::receive_end() {
  state_->stream.receive_end();
}

std::optional<ClientEvent> Client::next_event() {
  auto event = state_->stream.next_event();
  if (!event) return std::nullopt;
  return std::visit(
      [this](auto&& happened) -> ClientEvent {
        if constexpr (std::is_same_v<std::decay_t<decltype(happened)>, Stream::HandshakeFinished>) {
          return describe(state_->stream);
        } else {
          return std::forward<decltype(happened)>(happened);
        }
      },
      std::move(*event));
}

size_t Client::write_to(std::span<char> buffer) {
  return state_->stream.write_to(buffer);
}

size_t Client::send(std::string_view plaintext) {
  return state_->stream.send(plaintext);
}

size_t Client::send_through(std::string_view plaintext, std::span<char> buffer) {
  return state_->stream.send_through(plaintext, buffer);
}

void Client::close() {
  state_->stream.close();
}

Client::Output Client::output() const {
  return state_->stream.output_waits() ? Output::waiting : Output::none;
}

std::string_view Client::first_bytes() const {
  return state_->stream.first_bytes();
}

}  // namespace astray::tls
