#pragma once
// What is known of a connection from a client, for as long as it lives: the facts of its handshake, and who
// it is in logs.
#include <memory>
#include <optional>
#include <string>

#include "gateway/configuration/virtual_host_settings.h"
#include "gateway/log/log_connection_text.h"
#include "gateway/routing/forwarding.h"
#include "names/endpoint.h"
#include "tls/engine/words.h"
#include "verdict/connection_facts.h"

namespace astray::proxy {

struct ClientConnection {
  uint64_t id = 0;         ///< unique in the process
  std::string listener{};  ///< label
  Endpoint client;         ///< as a PROXY header says it, else the peer
  Endpoint peer;           ///< of the TCP connection
  Endpoint local;          ///< the address that the client connected to
  ConnectionFacts facts{};
  /// Keeps what `facts` borrow.
  std::shared_ptr<const void> handshake{};
  std::string virtual_host{};  ///< label of the one that answered the handshake; "" in clear
  /// What an authority gets on this connection that nobody owns.
  gateway::UnownedSetting unowned = gateway::UnownedSetting::misdirected;
  tls::Version tls_version = tls::Version::tls1_3;  ///< over TLS
  std::string_view cipher{};                        ///< static text; "" in clear
  bool client_certificate_verified = false;
  std::optional<gateway::ClientFacts> as_told{};  ///< to backs; set once the client is known
  /// Filled by the first line of the log; null: nothing is kept.
  std::shared_ptr<gateway::LogConnectionText> log_text{};
  /// A trusted gateway that tells its client's scheme by Forwarded: proto.
  bool scheme_from_forwarded = false;
};

}  // namespace astray::proxy
