#pragma once
// What a gateway tells the back about the client: Forwarded (RFC 7239), X-Forwarded-For, -Proto, -Host and
// -Port, and Via (RFC 9110 §7.6.3).
#include <cstdint>
#include <string>

#include "gateway/message.h"
#include "names/endpoint.h"
#include "names/origin.h"

namespace astray::gateway {

enum class PeerTrust : uint8_t {
  stranger,         ///< what it says about the client is replaced
  trusted_gateway,  ///< of trusted_gateways: what it says is kept, and added to
};

/// Who sent a request. One for a connection: it has the texts ready that its requests need.
class ClientFacts {
 public:
  ClientFacts(const Endpoint& client, PeerTrust trust);

  const IpAddress& address() const { return address_; }
  PeerTrust trust() const { return trust_; }
  /// "192.0.2.1", "2001:db8::1".
  const std::string& address_text() const { return address_text_; }
  /// As Forwarded writes it: `"192.0.2.1:4711"`, `"[2001:db8::1]:4711"`, with the quotes.
  const std::string& node() const { return node_; }

 private:
  IpAddress address_;
  PeerTrust trust_;
  std::string address_text_;
  std::string node_;
};

/// What a request asked for. One for many requests in a row: it has the texts ready that they need.
class AskedFacts {
 public:
  AskedFacts(Origin asked);  // NOLINT(google-explicit-constructor): an Origin is what was asked

  const Origin& origin() const { return origin_; }
  /// Without the port that the scheme has anyway.
  const std::string& authority() const { return authority_; }
  const std::string& port() const { return port_; }
  /// The rest of an element of Forwarded: `;host=shop.example;proto=https`.
  const std::string& forwarded() const { return forwarded_; }

 private:
  Origin origin_;
  std::string authority_;
  std::string port_;
  std::string forwarded_;
};

/// Over which HTTP a message came to the gateway: the received-protocol of Via.
enum class ReceivedOver : uint8_t { http1_0, http1_1, http2 };

/// Takes away what a stranger claims (FieldRole::claim), and says what the gateway knows. From a trusted
/// gateway, the lists get one more element, and X-Forwarded-Proto, -Host and -Port stay if they are there;
/// but what is spelled with '_', or is a Forwarded whose quotes are open and would swallow what follows, is
/// taken away.
void tell_about_client(Fields& fields, const ClientFacts& client, const AskedFacts& asked);

/// Adds a line to Via, with the gateway's pseudonym "astray".
void add_via(Fields& fields, ReceivedOver protocol);

}  // namespace astray::gateway
