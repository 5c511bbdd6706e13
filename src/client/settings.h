#pragma once
// What all fetches of one client have in common.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/monotonic_time.h"
#include "client/proxy_settings.h"
#include "client/telemetry.h"
#include "names/authority.h"
#include "names/endpoint.h"
#include "tls/engine/identity.h"
#include "tls/engine/trust.h"
#include "tls/engine/words.h"
#include "verdict/client_profile.h"

namespace astray::client {

/// Which requests may share a connection that was opened for another name.
enum class CoalescePolicy : uint8_t {
  off,           ///< none
  strict,        ///< everything that any client asks for must hold
  rfc9113,       ///< the most that the RFCs allow
  origin_frame,  ///< what an ORIGIN frame names (RFC 8336), and nothing else
};
std::string_view to_string(CoalescePolicy policy);  ///< "origin-frame", …
/// Its ladder.
const ClientProfile& profile_of(CoalescePolicy policy);

/// `off`: any certificate will do; connections then carry no second name.
enum class Verification : uint8_t { on, off };

/// "HOST:PORT:ADDRESS" (curl --resolve): these addresses instead of DNS's.
struct ResolveOverride {
  std::optional<Host> host;  ///< nothing: any
  std::optional<Port> port;  ///< nothing: any
  std::vector<IpAddress> addresses;
};
/// "HOST1:PORT1:HOST2:PORT2" (curl --connect-to): where the connection goes; SNI, certificate and Host stay
/// the URL's.
struct ConnectToOverride {
  std::optional<Host> host;
  std::optional<Port> port;
  std::optional<Host> to_host;  ///< nothing: unchanged
  std::optional<Port> to_port;
};

enum class AddressFamilies : uint8_t { both, v4_only, v6_only };

struct Settings {
  CoalescePolicy coalescing = CoalescePolicy::strict;
  Verification verification = Verification::on;
  tls::TrustStore trust;
  std::optional<tls::Identity> client_certificate;
  tls::Version min_version = tls::Version::tls1_2;
  tls::Version max_version = tls::Version::tls1_3;
  std::string user_agent = "astray";
  ProxySettings proxies;
  std::vector<ResolveOverride> resolve;
  std::vector<ConnectToOverride> connect_to;
  AddressFamilies families = AddressFamilies::both;

  uint32_t connections_per_origin = 6;
  uint32_t connections = 10'000;  ///< at once; idle ones make room, the longest idle first
  uint32_t streams_per_connection = 100;
  /// What an HTTP/2 server may send of one body before it is consumed, bytes: a body whose tap is shut holds
  /// up to this in memory, and a faraway server sends no faster than this in a round trip.
  uint32_t stream_window = 8 * 1024 * 1024;
  Duration idle_timeout = std::chrono::seconds(90);
  Duration dns_lifetime = std::chrono::seconds(60);  ///< addresses are not asked for again before
  /// How long a request waits for a connection to the same address that is about to be up, and might carry
  /// it.
  Duration coalescing_patience = std::chrono::milliseconds(300);
  uint32_t address_seed = 0;  ///< turns the order of equal addresses, so that not all clients take the first

  /// The time that certificates are judged for.
  std::function<Instant()> wall_clock;
  Telemetry* telemetry = nullptr;  ///< outlives the client
};

}  // namespace astray::client
