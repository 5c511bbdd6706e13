#pragma once
// What all fetches of one client have in common.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "astray/trace.h"

namespace astray::http {

/// Which requests may share a connection that was opened for another name (RFC 9113 §9.1.1).
enum class Coalescing : uint8_t {
  off,           ///< none
  strict,        ///< everything that any client asks for must hold
  rfc9113,       ///< the most that the RFCs allow
  origin_frame,  ///< what an ORIGIN frame names (RFC 8336), and nothing else
};

/// `off`: any certificate will do; such connections never carry a second name.
enum class Verification : uint8_t { on, off };
enum class TlsVersion : uint8_t { tls1_0, tls1_1, tls1_2, tls1_3 };
enum class AddressFamilies : uint8_t { both, v4_only, v6_only };

struct Options {
  Coalescing coalescing = Coalescing::strict;

  Verification verification = Verification::on;
  std::string ca_file{};                  ///< PEM, instead of the system's authorities
  std::string client_certificate_file{};  ///< PEM; sent where a server asks for one
  std::string client_key_file{};          ///< "": in the certificate's file
  TlsVersion min_tls = TlsVersion::tls1_2;
  TlsVersion max_tls = TlsVersion::tls1_3;

  /// "http://[user:password@]host:port" for everything; "": none; nothing: as the environment says
  /// (https_proxy, http_proxy, all_proxy, no_proxy), read once when the client is made.
  std::optional<std::string> proxy = "";
  std::string no_proxy{};  ///< hosts that the explicit proxy is not for: "localhost,.internal.example"

  /// "HOST:PORT:ADDRESS[,ADDRESS…]": these addresses instead of DNS's; HOST and PORT may be "*".
  std::vector<std::string> resolve{};
  /// "HOST1:PORT1:HOST2:PORT2": where connections for the first go; parts may be empty: any, or unchanged.
  /// SNI, certificate and Host stay the URL's.
  std::vector<std::string> connect_to{};
  AddressFamilies families = AddressFamilies::both;

  std::string user_agent{};  ///< "": "astray/VERSION"
  uint32_t connections_per_origin = 6;
  uint32_t connections = 10'000;  ///< at once; idle ones make room, the longest idle first
  uint32_t streams_per_connection = 100;
  std::chrono::nanoseconds idle_timeout = std::chrono::seconds(90);
  std::chrono::nanoseconds dns_lifetime =
      std::chrono::seconds(60);  ///< addresses are not asked for again before

  EventCallback on_event{};
};

}  // namespace astray::http
