#pragma once
// What a pool must not mix: each distinct way to reach and to greet a server is an identity, known by a
// number.
#include <map>
#include <memory>
#include <vector>

#include "client/connection.h"
#include "client/request.h"
#include "client/settings.h"
#include "tls/engine/client_context.h"

namespace astray::client {

/// The client certificate and the trust are the client's own, the same for all of its identities.
struct TransportIdentity {
  HttpVersions versions = HttpVersions::h2_or_h1;
  std::optional<ConnectIdentity> named;
  std::optional<Proxy> proxy;
  bool operator==(const TransportIdentity&) const = default;
};

class Identities {
 public:
  explicit Identities(const Settings& settings) : settings_(settings) {}

  IdentityId id_of(const TransportIdentity& identity);
  const TransportIdentity& operator[](IdentityId id) const { return identities_[id]; }
  /// For handshakes with origins.
  Result<std::shared_ptr<const tls::ClientContext>> context(HttpVersions versions);
  /// For handshakes with proxies: no certificate of ours, HTTP/1.1.
  Result<std::shared_ptr<const tls::ClientContext>> proxy_context();

 private:
  const Settings& settings_;
  std::vector<TransportIdentity> identities_{TransportIdentity{}};  ///< 0: the plain one
  std::shared_ptr<const tls::ClientContext> contexts_[3];
  std::shared_ptr<const tls::ClientContext> proxy_context_;
};

/// Sessions by the identity and the name they were made for: they are offered to no other (RFC 8446 §4.6.1).
class SessionStore {
 public:
  struct Kept {
    tls::Session session;
    ClientCertificateUse client_certificate;  ///< on the connection that it resumes
  };
  void keep(IdentityId identity, const Origin& origin, Kept session);
  /// A session of TLS 1.3 is given once (RFC 8446 §C.4).
  std::optional<Kept> take(IdentityId identity, const Origin& origin);

 private:
  struct Key {
    IdentityId identity;
    Origin origin;
    auto operator<=>(const Key&) const = default;
  };
  std::map<Key, std::vector<Kept>> sessions_;
};

}  // namespace astray::client
