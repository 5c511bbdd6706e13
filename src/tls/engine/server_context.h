#pragma once
#include <chrono>
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
#include "tls/engine/ticket_keys.h"
#include "tls/engine/trust.h"
#include "tls/engine/words.h"

namespace astray::tls {

enum class ClientAuthentication : uint8_t {
  off,
  asked,     ///< a certificate is asked for; none, or one of an unknown issuer, is accepted
  required,  ///< none, or one that no authority of the host's issued, ends the handshake
  optional,  ///< none is accepted; one that no authority of the host's issued ends the handshake
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
  /// Certificates with other kinds of key (RSA beside ECDSA). OpenSSL presents one that the client can
  /// verify.
  std::vector<Identity> other_identities{};
  /// OpenSSL's names, of any version, in order of preference; none: its usual ones, AES-128-GCM first.
  std::vector<std::string> ciphers{};
  /// Instead of `client_authorities`, read once for many hosts.
  TrustStore client_trust{};
  /// Certificates between the client's and the authority's, at most; nothing: 100.
  std::optional<int> client_depth{};
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
  std::shared_ptr<const TicketKeys> ticket_keys{};  ///< none: one key of this context, for its lifetime
  /// After its full handshake a session is resumed no more, however often that was done until then. (Each
  /// ticket lives two hours at most.)
  std::chrono::seconds longest_session = std::chrono::hours{24};
};

/// Something that is wrong with a host, told without naming it.
struct HostProblem {
  size_t host = 0;  ///< its index
  std::string message;
};

/// What the connections of one or several listeners have in common, prepared once: immutable, shared, for any
/// thread. Everything that can be wrong with a host is found here; what OpenSSL needs for it (about 14 KiB)
/// is made when it is chosen for the first time. There is neither a cache of sessions nor early data; tickets
/// are stateless.
class ServerContext {
 public:
  /// The error names the first of problems_of().
  static Result<std::shared_ptr<const ServerContext>> create(ServerOptions options);
  /// At most one of each host: versions or ciphers that do not fit, a weak key, two certificates of a kind,
  /// no authorities.
  static std::vector<HostProblem> problems_of(const ServerOptions& options);
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
