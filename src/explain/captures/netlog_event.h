#pragma once
// Events of a Chrome NetLog. Their numbers differ between builds; the file's own constants resolve them.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace astray::explain {

/// The events that an explanation needs, by the names in net/log/net_log_event_type_list.h. Chrome up to 61
/// said SPDY for HTTP2, and up to 123 QUIC_STREAM_FACTORY for QUIC_SESSION_POOL.
enum class NetLogEvent : uint8_t {
  other,
  request_alive,               ///< REQUEST_ALIVE
  bound_to_job,                ///< HTTP_STREAM_REQUEST_BOUND_TO_JOB
  bound_to_quic_session,       ///< HTTP_STREAM_REQUEST_BOUND_TO_QUIC_SESSION
  send_headers_h1,             ///< HTTP_TRANSACTION_SEND_REQUEST_HEADERS
  send_headers_h2,             ///< HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS
  send_headers_h3,             ///< HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS
  read_response_headers,       ///< HTTP_TRANSACTION_READ_RESPONSE_HEADERS
  found_session,               ///< HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION
  found_session_by_address,    ///< …_FROM_IP_POOL
  session_available,           ///< HTTP_STREAM_JOB_HTTP2_SESSION_AVAILABLE
  job_got_socket,              ///< SOCKET_POOL_BOUND_TO_SOCKET
  connect_job_created,         ///< SOCKET_POOL_CONNECT_JOB_CREATED
  connect_job_set_socket,      ///< CONNECT_JOB_SET_SOCKET
  session,                     ///< HTTP2_SESSION
  session_initialized,         ///< HTTP2_SESSION_INITIALIZED
  session_send_headers,        ///< HTTP2_SESSION_SEND_HEADERS
  session_receive_headers,     ///< HTTP2_SESSION_RECV_HEADERS
  quic_session,                ///< QUIC_SESSION
  quic_found_session,          ///< QUIC_SESSION_POOL_USE_EXISTING_SESSION, of a job
  quic_packet_received,        ///< QUIC_SESSION_PACKET_RECEIVED: the session's addresses
  quic_certificate_verified,   ///< QUIC_SESSION_CERTIFICATE_VERIFIED
  tcp_connect,                 ///< TCP_CONNECT
  ssl_connect,                 ///< SSL_CONNECT
  certificates_received,       ///< SSL_CERTIFICATES_RECEIVED
  client_certificate_asked,    ///< SSL_CLIENT_CERT_REQUESTED
  socket_alive,                ///< SOCKET_ALIVE
};

enum class NetLogPhase : uint8_t { none, begin, end };

/// Texts are borrowed until the next event is read. Members that an event does not have are empty.
struct NetLogRecord {
  NetLogEvent event = NetLogEvent::other;
  NetLogPhase phase = NetLogPhase::none;
  uint64_t source = 0;
  std::optional<int64_t> time{};  ///< microseconds since 1970
  uint64_t dependency = 0;        ///< id of the source that it refers to; 0: none
  std::optional<uint64_t> stream{};
  std::optional<uint64_t> port{};
  std::string_view host{};
  std::string_view line{};  ///< "GET / HTTP/1.1\r\n"
  std::string_view group{};  ///< "pm/https://a.example <null>"
  std::string_view local{};
  std::string_view remote{};
  std::string_view protocol{};
  std::string_view certificate{};  ///< the first one, PEM
  std::vector<std::string_view> subjects{};  ///< names of the certificate, where it is told by them
  std::vector<std::string_view> headers{};   ///< "name: value"
};

class NetLogReader {
 public:
  NetLogReader();
  ~NetLogReader();
  /// The member "constants"; false when it is not what it should be. Text has JsonPieces::padding behind it.
  bool read_constants(std::string_view text);
  bool has_constants() const;
  /// "Chromium 156.0.8078.108"; "" when the constants do not say.
  const std::string& client() const;

  enum class Outcome : uint8_t { read, read_after_repair, not_an_event };
  /// One of "events"; `record` is a fresh one.
  Outcome read_event(std::string_view text, NetLogRecord& record);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace astray::explain
