#pragma once
// A client and a server in memory, and what each of them tells, as lines of text.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/certificates.h"
#include "tls/engine/client.h"
#include "tls/engine/server.h"

namespace astray::tls {

/// How many bytes at a time go into receive(), and how many write_to() may write.
struct Chopping {
  size_t receive = 1 << 20;
  size_t write = 1 << 16;
};
const std::vector<Chopping>& choppings();
std::string to_string(const Chopping& chopping);

std::string describe(const ClientEvent& event);
std::string describe(const ServerEvent& event);

/// Events as lines, plaintext that follows plaintext in one line; and what else the caller wants to look at.
struct Told {
  std::vector<std::string> lines;
  std::vector<Session> sessions;
  std::string plaintext;
  std::string text() const;
  void add(std::string line);
};

/// Drains next_event() into `told`.
void drain(Client& client, Told& told);
void drain(Server& server, Told& told);
/// All that write_to gives, with a buffer of this size.
template <typename AnyEngine>
std::string output_of(AnyEngine& engine, size_t buffer_bytes = 1 << 16) {
  std::string all;
  std::string buffer(buffer_bytes, '\0');
  while (size_t size = engine.write_to(buffer)) all.append(buffer, 0, size);
  return all;
}
/// Receives and drains piece by piece.
template <typename AnyEngine>
void feed(AnyEngine& engine, std::string_view bytes, size_t piece, Told& told) {
  for (size_t at = 0; at < bytes.size(); at += piece) {
    std::string own(bytes.substr(at, piece));
    engine.receive(own);
    drain(engine, told);
    std::fill(own.begin(), own.end(), '?');  // the bytes were only borrowed
  }
}

struct Both {
  Told client;
  Told server;
};
/// Lets the two talk until neither has anything to say.
void talk(Client& client, Server& server, Both& both, Chopping chopping = {});

/// A context that must come about.
std::shared_ptr<const ClientContext> client_context(ClientOptions options = {});
std::shared_ptr<const ServerContext> server_context(ServerOptions options);
Client make_client(std::shared_ptr<const ClientContext> context, ClientParameters parameters = {});
AlpnList alpn(const std::vector<std::string>& names);

/// Of one authority, made once.
const test::TestCertificate& test_authority();
/// A certificate for these names, its chain and its key.
Identity identity_for(const std::vector<std::string>& names);
ServerHost host_for(const std::vector<std::string>& names);
ServerOptions one_host(ServerHost host);

}  // namespace astray::tls
