#include "tls/engine/server.h"

#include <utility>

#include "tls/engine/server_hello.h"
#include "tls/engine/stream.h"

namespace astray::tls {

struct Server::State : ServerConnection {};

namespace {

ClientAccepted::ClientCertificate judge_client(const ServerConnection& connection) {
  using Judged = ClientAccepted::ClientCertificate;
  if (!connection.stream.has_peer_certificate()) return Judged::none;
  switch (connection.context->options().hosts[connection.host].client_authentication) {
    case ClientAuthentication::required:
    case ClientAuthentication::optional:
      return connection.stream.is_peer_verified() ? Judged::verified : Judged::unverified;
    case ClientAuthentication::off:
    case ClientAuthentication::asked:
      break;
  }
  return Judged::unverified;
}

ClientAccepted describe(ServerConnection& connection) {
  ClientAccepted accepted;
  accepted.version = connection.stream.version();
  accepted.cipher = connection.stream.cipher();
  accepted.alpn = connection.stream.alpn();
  accepted.kind = connection.stream.kind();
  if (connection.server_name) accepted.server_name = *connection.server_name;
  accepted.virtual_host = connection.host;
  accepted.peer_chain = connection.stream.peer_chain();
  accepted.client_certificate = judge_client(connection);
  return accepted;
}

}  // namespace

Server::Server(std::shared_ptr<const ServerContext> context) : Server(std::move(context), nullptr) {}

Server::Server(std::shared_ptr<const ServerContext> context, std::shared_ptr<const ChooseHost> choose) {
  SslPointer ssl = ServerHello::begin(*context);
  const Limits& limits = context->options().limits;
  state_.reset(new State{
      {std::move(context), std::move(choose), {}, 0, Stream(std::move(ssl), Stream::Role::server, limits)}});
  ServerHello::attach(*state_);
}

Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

void Server::receive(std::string_view bytes) {
  state_->stream.receive(bytes);
}

void Server::receive_end() {
  state_->stream.receive_end();
}

std::optional<ServerEvent> Server::next_event() {
  while (auto event = state_->stream.next_event()) {
    if (std::holds_alternative<Stream::HandshakeFinished>(*event)) return describe(*state_);
    if (auto* alert = std::get_if<Alert>(&*event)) return *alert;
    if (auto* plaintext = std::get_if<Plaintext>(&*event)) return *plaintext;
    if (auto* closed = std::get_if<PeerClosed>(&*event)) return *closed;
    if (auto* failed = std::get_if<tls::Failure>(&*event)) return std::move(*failed);
  }
  return std::nullopt;
}

size_t Server::write_to(std::span<char> buffer) {
  return state_->stream.write_to(buffer);
}

size_t Server::send(std::string_view plaintext) {
  return state_->stream.send(plaintext);
}

size_t Server::send_through(std::string_view plaintext, std::span<char> buffer) {
  return state_->stream.send_through(plaintext, buffer);
}

void Server::close() {
  state_->stream.close();
}

Server::Output Server::output() const {
  return state_->stream.output_waits() ? Output::waiting : Output::none;
}

}  // namespace astray::tls
