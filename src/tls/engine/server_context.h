#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "tls/engine/alpn_list.h"
#include "tls/engine/client_context.h"
#include "tls/engine/identity.h"
#include "tls/engine/limits.h"
#include "tls/engine/trust.h"
#include "tls/engine/words.h"

namespace astray::tls {

enum class ClientAuthentication : uint8_t {
  off,
  asked,     ///< a certificate is asked for; none, or one of an unknown issuer, is accepted
  required,  ///< none, or one that no authority of `client_authorities` issued, ends the handshake
};

/// The handshake of one virtual host.
struct ServerHost {
  Identity identity;
  AlpnList alpn;  ///< empty: ALPN is not answered
  ClientAuthentication client_authentication = ClientAuthentication::off;
  /// PEM of the authorities that client certificates come from; their subjects are sent with the request.
  std::string client_authorities;
  Version min_version = Version::tls1_2;
  Version max_version = Version::tls1_3;
  /// A session is resumed only by hosts of the same scope. Two hosts that
  /// share one although their client authentication differs have the defect that the prober looks for.
  std::string session_scope;
};

/// The host's index in ServerOptions::hosts, or the description of the fatal alert that refuses the name.
struct RefuseWithAlert {
  uint8_t description = alert::unrecognized_name;
};
using HostChoice = std::variant<size_t, RefuseWithAlert>;
/// Is given the SNI as sent (nothing: none; its syntax is not checked). Called from any thread that
/// handshakes.
using ChooseHost = std::function<HostChoice(std::optional<std::string_view> server_name)>;

struct ServerOptions {
  std::vector<ServerHost> hosts;
  ChooseHost choose;  ///< none: always the first host
  Leniency leniency = Leniency::modern;
  Sessions sessions = Sessions::kept;  ///< dropped: no tickets, nothing is ever resumed
  int tickets = 1;                     ///< after a full TLS 1.3 handshake
  Limits limits;
};

/// What a listener's connections have in common, prepared once: immutable, shared, for any thread. Tickets
/// are stateless, under a key of this context.
class ServerContext {
 public:
  static Result<std::shared_ptr<const ServerContext>> create(ServerOptions options);
  ~ServerContext();
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  const ServerOptions& options() const { return options_; }

 private:
  friend class Server;
  friend class ServerHello;
  struct State;
  ServerContext(ServerOptions options, std::unique_ptr<State> state);
  ServerOptions options_;
  std::unique_ptr<State> state_;
};

}  // namespace astray::tls
