#pragma once
// What happens on a TLS connection, as the engines tell it. Views are valid until the next verb of the
// engine.
//
// Order: any Alerts; HandshakeDone (or ClientAccepted, at a server); then Plaintext, NewSession and Alerts as
// they come. PeerClosed is the peer's last word; Failure is the engine's, and follows the Alert that explains
// it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tls/engine/session.h"
#include "tls/engine/words.h"

namespace astray::tls {

/// A certificate message asked for, in the handshake (RFC 8446 §4.3.2, RFC 5246 §7.4.4).
struct CertificateRequest {
  /// Subjects of the authorities that the server named, in RFC 2253 form; often none. At most 100 are kept.
  std::vector<std::string> authorities;
  enum class Answer : uint8_t { none, sent };
  /// Did our certificate go out? It did not when the context has none, or none that fits what was asked for.
  Answer answer = Answer::none;
};

/// Client: the handshake is done as far as we are concerned. In TLS 1.3 the server may still refuse our
/// certificate, or its absence: that comes as Alert and Failure later.
struct HandshakeDone {
  Version version = Version::tls1_2;
  std::string_view cipher;               ///< IANA name: "TLS_AES_256_GCM_SHA384"
  std::optional<std::string_view> alpn;  ///< what the server chose, offered or not; nothing without an answer
  enum class Kind : uint8_t { full, resumed };
  Kind kind = Kind::full;
  /// DER, leaf first, as received. Of a resumed connection (that sends none): what the session remembers.
  std::span<const std::string_view> peer_chain;
  /// Nothing when no certificate was asked for. A resumed handshake never asks.
  const CertificateRequest* certificate_request = nullptr;
  enum class ServerNameAnswer : uint8_t { none, acknowledged };
  /// RFC 6066 §3: an empty server_name in the server's answer says that the name was used. Many servers never
  /// say it, and none does when it resumes in TLS 1.2: absence proves nothing.
  ServerNameAnswer server_name = ServerNameAnswer::none;
};

/// Server: the handshake is done.
struct ClientAccepted {
  Version version = Version::tls1_2;
  std::string_view cipher;
  std::optional<std::string_view> alpn;
  HandshakeDone::Kind kind = HandshakeDone::Kind::full;
  std::optional<std::string_view> server_name;   ///< the bytes as sent; nothing when the client sent none
  size_t virtual_host = 0;                       ///< the chosen index (server_context.h)
  std::span<const std::string_view> peer_chain;  ///< the client's certificate; empty when it sent none
  /// verified: an authority of the host's issued it, as the handshake found; also of a resumed session, whose
  /// certificate is that of its full handshake.
  enum class ClientCertificate : uint8_t { none, unverified, verified };
  ClientCertificate client_certificate = ClientCertificate::none;
};

struct Plaintext {
  std::string_view bytes;  ///< never empty
};

/// Can be offered on another connection. TLS 1.3: comes after the handshake, usually twice; TLS 1.2: right
/// behind HandshakeDone. Only for a client that keeps sessions, and at most Limits::max_sessions times.
struct NewSession {
  Session session;
};

/// close_notify is told as PeerClosed and not as an alert.
struct Alert {
  AlertLevel level = AlertLevel::fatal;
  uint8_t description = 0;
  Direction direction = Direction::received;
  std::string_view name() const { return alert_name(description); }
};

/// The peer sends no more, after the handshake.
struct PeerClosed {
  enum class How : uint8_t {
    clean,     ///< by close_notify; what we send is still carried
    truncated  ///< the transport ended without one: what came last may not be all
  };
  How how = How::clean;
};

/// The engine is dead: nothing more comes out of it but what the peer must still be sent (an alert).
struct Failure {
  FailureKind kind = FailureKind::protocol_error;
  std::optional<Alert> alert;  ///< the fatal one, received or sent, if there was one
  /// OpenSSL's words, or ours where OpenSSL was not asked: "tlsv1 unrecognized name".
  std::string sentence;
  /// not_tls: how the peer began, up to its first line feed, control byte or 64 bytes: "HTTP/1.1 400 Bad…".
  std::string first_bytes;
};

using ClientEvent = std::variant<Alert, HandshakeDone, Plaintext, NewSession, PeerClosed, Failure>;
using ServerEvent = std::variant<Alert, ClientAccepted, Plaintext, PeerClosed, Failure>;

}  // namespace astray::tls
