#pragma once
// The words that the TLS engines speak: protocol versions, alerts, failures.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace astray::tls {

enum class Version : uint8_t { tls1_0, tls1_1, tls1_2, tls1_3 };
/// "TLSv1.3", as nginx and OpenSSL write it.
std::string_view to_string(Version version);
/// Of the two bytes on the wire (0x0304); nothing for SSL 3 and for what does not exist.
std::optional<Version> version_of(int wire_number);
int wire_number_of(Version version);

enum class AlertLevel : uint8_t { warning = 1, fatal = 2 };
enum class Direction : uint8_t { received, sent };

/// The name of RFC 8446 §6 (and of RFC 5246 §7.2 for those that TLS 1.3 dropped): "unrecognized_name";
/// "unknown" for a number that nobody registered.
std::string_view alert_name(uint8_t description);

/// Numbers of alerts that code asks for by name.
namespace alert {
constexpr uint8_t close_notify = 0;
constexpr uint8_t handshake_failure = 40;
constexpr uint8_t bad_certificate = 42;
constexpr uint8_t access_denied = 49;
constexpr uint8_t decode_error = 50;
constexpr uint8_t protocol_version = 70;
constexpr uint8_t internal_error = 80;
constexpr uint8_t unrecognized_name = 112;
constexpr uint8_t certificate_required = 116;
constexpr uint8_t no_application_protocol = 120;
}  // namespace alert

enum class FailureKind : uint8_t {
  not_tls,              ///< the first bytes are those of another protocol, or garbage
  alert_received,       ///< the peer refused; also long after the handshake seemed done (TLS 1.3)
  closed_in_handshake,  ///< the peer sent no more before the handshake was done, and no alert
  wrong_version,        ///< the peer speaks no version that was offered
  no_shared_cipher,     ///< or no signature algorithm or group in common
  no_shared_protocol,   ///< ALPN: nothing in common (server), or an answer that was not offered (client)
  certificate_too_big,  ///< the peer's chain exceeds the limit
  handshake_too_big,    ///< the handshake exceeds the limit of bytes
  too_many_messages,    ///< tickets, key updates or hello requests beyond the limit
  bad_certificate,      ///< the peer's certificate cannot be decoded or its key not used
  bad_signature,        ///< the peer does not hold the key of its certificate
  client_certificate_missing,  ///< server: required, not sent
  client_certificate_refused,  ///< server: sent, and issued by nobody that is trusted here
  server_name_refused,         ///< server: by the choice that it was given
  protocol_error,              ///< anything else that the peer did against the protocol
  local,                       ///< our own settings make a handshake impossible, or memory is short
};
/// "not_tls": the enumerator's name, for machines.
std::string_view to_string(FailureKind kind);

}  // namespace astray::tls
