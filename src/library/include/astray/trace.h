#pragma once
// Every decision of a client's pool, told as it is made, and how often each was made.
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "astray/export.h"

namespace astray::http {

enum class EventKind : uint8_t {
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
ASTRAY_EXPORT std::string_view to_string(EventKind kind);  ///< "not-coalesced", …: stable

/// Views are valid during the call alone.
struct Event {
  EventKind kind{};
  std::chrono::nanoseconds time{};  ///< since the client was made
  uint64_t request = 0;             ///< counts from 1; 0: of no single request
  uint64_t connection = 0;          ///< counts from 1; 0: none yet
  std::string_view authority{};     ///< that the request is for, or that the connection was opened for
  std::string_view server_name{};   ///< SNI of the connection; "": none was sent
  std::string_view address{};       ///< of the peer: "192.0.2.1:443"
  std::string_view protocol{};      ///< "h2", once it is known
  std::string_view reason{};        ///< stable id ("certificate-gap"); `astray explain ID` prints its page
  std::string_view rung{};          ///< of the coalescing policy's ladder, that decided
  std::string_view detail{};        ///< for people: what the other fields do not say
};
/// One line, without its end, for people.
ASTRAY_EXPORT std::string to_text(const Event& event);
/// One object on one line: "astray.tls.sni", "astray.http.authority", "astray.connection.id",
/// "astray.reason", ….
ASTRAY_EXPORT std::string to_json(const Event& event);

/// Called on the client's I/O thread, in the order of the decisions. Must not wait, nor throw.
using EventCallback = std::function<void(const Event&)>;

enum class TraceFormat : uint8_t { text, json };
/// Writes each event as a line, without its end, to `write`.
ASTRAY_EXPORT EventCallback trace_to(TraceFormat format, std::function<void(std::string_view line)> write);

/// Since the client was made.
struct Counters {
  uint64_t fetches = 0;   ///< begun
  uint64_t requests = 0;  ///< sent, retries and redirects included
  uint64_t opened = 0;    ///< connections
  uint64_t resumed = 0;   ///< of those, with a TLS session
  uint64_t open_failed = 0;
  uint64_t reused = 0;
  uint64_t coalesced = 0;
  uint64_t not_coalesced = 0;
  uint64_t misdirected = 0;
  uint64_t retried = 0;
  uint64_t evicted = 0;
  uint64_t connections = 0;  ///< open now
};

}  // namespace astray::http
