#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/monotonic_time.h"
#include "gateway/log/log_connection_text.h"
#include "names/endpoint.h"
#include "tls/engine/words.h"
#include "verdict/connection_facts.h"
#include "verdict/verdict.h"

namespace astray::gateway {

/// A point of the system's clock, in nanoseconds since 1970-01-01T00:00:00Z.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

/// TLS with a client, once the handshake is done.
struct LoggedTls {
  std::optional<std::string_view> sni{};  ///< as sent; absent: none was sent
  tls::Version version = tls::Version::tls1_3;
  std::string_view cipher{};  ///< IANA name
  bool resumed = false;
  bool client_certificate = false;  ///< one was shown and verified
  std::string_view virtual_host{};  ///< label; the one that answered the handshake
};

/// The last attempt toward a back.
struct LoggedBack {
  std::string_view name{};  ///< label
  std::optional<Endpoint> address{};
  std::optional<uint64_t> connection_id{};  ///< absent: no connection was got
  bool reused = false;
  std::optional<int> status{};         ///< absent: none came
  std::optional<Duration> duration{};  ///< from the request's first byte toward it to the head of its answer
  uint32_t attempts = 1;               ///< of all backs of this request
  bool retried_after_421 = false;
};

/// One request that ended, in whatever way. Views are read while LogFormat::write() runs and not kept.
/// What a client keeps secret has no place here: no Authorization, no Cookie, no body.
struct LogRecord {
  WallTime time{};      ///< when its head was complete
  Duration duration{};  ///< from there to the last byte of the response

  std::optional<Endpoint> client{};  ///< as the PROXY header says, where there is one
  std::optional<Endpoint> peer{};    ///< who sent that PROXY header; absent without one
  std::string_view listener{};       ///< label
  uint64_t connection_id = 0;        ///< unique in the process
  uint64_t request_number = 1;       ///< on its connection, from 1
  Peer sender = Peer::client;
  std::optional<LoggedTls> tls{};  ///< absent in clear

  Protocol protocol = Protocol::h1;
  Scheme scheme = Scheme::https;
  std::string_view authority{};                  ///< as sent; empty: none was
  std::string_view method{};                     ///< empty: the head could not be read
  std::string_view target{};                     ///< path and query
  std::optional<std::string_view> user_agent{};  ///< absent: not sent
  std::string_view virtual_host{};               ///< label; that of the authority, empty: nobody's
  std::optional<Answer> answer{};                ///< absent: never judged
  std::optional<Reason> reason{};
  int status = 0;               ///< 0: no response was begun
  uint64_t request_bytes = 0;   ///< of the body, as it came
  uint64_t response_bytes = 0;  ///< of the body, as it was sent

  std::optional<LoggedBack> back{};   ///< absent: none was asked
  std::string_view error_kind{};      ///< stable: "closed-early"; empty: none
  std::string_view error_sentence{};  ///< for people

  /// Where LogFormat keeps what all records of this connection have in common; null: nowhere.
  LogConnectionText* of_connection = nullptr;
};

}  // namespace astray::gateway
