#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "tls/engine/alpn_list.h"
#include "tls/engine/identity.h"
#include "tls/engine/limits.h"
#include "tls/engine/words.h"

namespace astray::tls {

/// Which old cryptography is still spoken.
enum class Leniency : uint8_t {
  /// Whatever this OpenSSL can still speak: TLS 1.0, SHA-1 signatures, 1024-bit keys (SECLEVEL=0), servers
  /// without secure renegotiation (RFC 5746). For a prober, which is to see old servers and sends no secrets.
  lenient,
  /// OpenSSL's level 2 (112 bits): no TLS 1.0 and 1.1, no SHA-1.
  modern,
};

/// Do connections keep what a later one could resume?
enum class Sessions : uint8_t { dropped, kept };

struct ClientOptions {
  AlpnList alpn;
  std::optional<Identity> identity;  ///< the client certificate, sent to any server that asks for one
  Version min_version = Version::tls1_0;
  Version max_version = Version::tls1_3;
  Leniency leniency = Leniency::lenient;
  Sessions sessions = Sessions::dropped;
  Limits limits;
};

/// What many connections have in common, prepared once: immutable, shared, for any thread. Make one for each
/// distinct set of options, not one per connection. Peers' certificates are never verified here: see trust.h.
class ClientContext {
 public:
  /// Fails when the options contradict each other (versions, an identity that this leniency refuses).
  static Result<std::shared_ptr<const ClientContext>> create(ClientOptions options);
  ~ClientContext();
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

  const ClientOptions& options() const { return options_; }

 private:
  friend class Client;
  struct State;
  ClientContext(ClientOptions options, std::unique_ptr<State> state);
  ClientOptions options_;
  std::unique_ptr<State> state_;
};

}  // namespace astray::tls
