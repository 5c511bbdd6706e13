#pragma once
// Every decision of the pool, told as it is made: to a callback, as a line of text, as JSON.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/monotonic_time.h"
#include "verdict/reason.h"

namespace astray::client {

enum class PoolEventKind : uint8_t {
  resolved,  ///< addresses of a name are known
  opening,   ///< a connection is being opened
  opened,    ///< it is up
  open_failed,
  reused,         ///< a request goes on a connection of its own origin
  coalesced,      ///< on one that was opened for another name
  not_coalesced,  ///< a connection to the same address was looked at and refused
  origin_set,     ///< an ORIGIN frame came (RFC 8336)
  misdirected,    ///< a 421 came
  retried,        ///< the request goes again to a fresh connection
  returned,       ///< the 421 is given to the caller
  redirected,
  evicted,  ///< a connection left the pool
};
inline constexpr int pool_event_kind_count = 13;
std::string_view to_string(PoolEventKind kind);  ///< "not-coalesced", …: stable

/// Views are valid during the call alone.
struct PoolEvent {
  PoolEventKind kind{};
  Duration time{};                 ///< since the client was made
  uint64_t request = 0;            ///< counts from 1; 0: of no single request
  uint64_t connection = 0;         ///< counts from 1; 0: none yet
  std::string_view authority{};    ///< that the request is for, or that the connection was opened for
  std::string_view server_name{};  ///< SNI of the connection; "": none was sent
  std::string_view address{};      ///< of the peer: "192.0.2.1:443"
  std::string_view protocol{};     ///< "h2", once it is known
  std::optional<Reason> reason{};
  std::string_view rung{};    ///< the rung of the ladder that decided
  std::string_view detail{};  ///< for people: what the other fields do not say
};

/// "0.012  #1 coalesced b.example onto connection 1 (SNI a.example, 127.0.0.1:443, h2): coalesced".
std::string to_text(const PoolEvent& event);
/// One object on one line, with the field names of the log conventions: astray.tls.sni, astray.http.authority
/// ….
std::string to_json(const PoolEvent& event);

class Telemetry {
 public:
  virtual void on_event(const PoolEvent& event) = 0;

 protected:
  ~Telemetry() = default;
};

/// Since the client was made.
struct Counters {
  uint64_t fetches = 0;   ///< begun
  uint64_t requests = 0;  ///< sent, retries and redirects included
  uint64_t opened = 0;
  uint64_t resumed = 0;  ///< of those, with a TLS session
  uint64_t open_failed = 0;
  uint64_t reused = 0;
  uint64_t coalesced = 0;
  uint64_t not_coalesced = 0;
  uint64_t misdirected = 0;
  uint64_t retried = 0;
  uint64_t evicted = 0;
};

}  // namespace astray::client
