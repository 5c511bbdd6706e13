#pragma once
#include <openssl/types.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/byte_block.h"
#include "base/fifo.h"
#include "tls/engine/cipher_pipe.h"
#include "tls/engine/events.h"
#include "tls/engine/first_bytes.h"
#include "tls/engine/limits.h"
#include "tls/engine/release.h"

struct ssl_session_st;

namespace astray::tls {

/// What both ends of a connection have in common: it drives OpenSSL's state machine and tells what comes of
/// it. Its address must not change: OpenSSL's callbacks find it by that.
class Stream {
 public:
  struct HandshakeFinished {};
  using Event = std::variant<Alert, HandshakeFinished, Plaintext, NewSession, PeerClosed, Failure>;
  enum class Role : uint8_t { client, server };

  /// `ssl` is configured, with nothing sent or received.
  Stream(SslPointer ssl, Role role, const Limits& limits);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  void receive(std::string_view bytes);
  void receive_end();
  std::optional<Event> next_event();
  size_t write_to(std::span<char> buffer);
  size_t send(std::string_view plaintext);
  size_t send_through(std::string_view plaintext, std::span<char> buffer);
  void close();
  bool output_waits() const;
  std::string_view first_bytes() const { return first_bytes_.kept(); }

  /// Of the connection that a callback of OpenSSL's is about.
  static Stream& of(const SSL* ssl);
  SSL* ssl() const { return ssl_.get(); }
  /// Takes the session that OpenSSL offers to keep.
  void keep_session(ssl_session_st* session);
  /// Of the sessions to come. It is the SNI.
  void name_sessions(std::optional<std::string> server_name) { server_name_ = std::move(server_name); }
  /// The server named it in its answer.
  void acknowledge_server_name() { server_name_answer_ = HandshakeDone::ServerNameAnswer::acknowledged; }

  /// Facts of the finished handshake.
  Version version() const;
  std::string_view cipher() const;
  std::optional<std::string_view> alpn() const;
  HandshakeDone::Kind kind() const;
  std::span<const std::string_view> peer_chain();
  const CertificateRequest* certificate_request();
  bool has_peer_certificate() const;
  /// Did OpenSSL find nothing wrong with it? Means something only where it was told to verify.
  bool is_peer_verified() const;
  HandshakeDone::ServerNameAnswer server_name_answer() const { return server_name_answer_; }

 private:
  enum class Phase : uint8_t { handshake, open, peer_closed, dead };
  enum class Closing : uint8_t { no, asked, done };

  static void on_message(int is_sent, int version, int content_type, const void* bytes, size_t size, SSL* ssl,
                         void* argument);
  void take_alert(std::string_view bytes, Direction direction);
  void take_message(std::string_view bytes, Direction direction);
  void take_chain(std::string_view body);
  bool advance();
  bool advance_handshake();
  bool advance_open();
  bool judge_first_bytes();
  void judge_limits();
  bool wait_for_more();
  bool stop_at(int result);
  void fail(FailureKind kind, std::string sentence);
  bool may_encrypt() const;
  size_t encrypt(std::string_view plaintext);
  void flush_plaintext();

  CipherPipe pipe_;
  SslPointer ssl_;
  const Limits& limits_;
  Role role_;
  Phase phase_ = Phase::handshake;
  Closing closing_ = Closing::no;
  bool started_ = false;
  bool end_received_ = false;
  FirstBytes first_bytes_;

  Fifo<Event> events_;
  std::vector<NewSession> early_sessions_;  ///< made before the handshake was told
  std::optional<Alert> fatal_alert_;
  std::optional<std::string> server_name_;
  size_t sessions_ = 0;
  size_t late_messages_ = 0;
  std::optional<FailureKind> exceeded_;

  std::string chain_bytes_;
  std::vector<std::string_view> chain_;
  bool certificate_was_requested_ = false;
  CertificateRequest certificate_request_;
  HandshakeDone::ServerNameAnswer server_name_answer_ = HandshakeDone::ServerNameAnswer::none;

  std::string queued_;  ///< plaintext to send
  size_t queued_sent_ = 0;
  ByteBlock plaintext_;  ///< received; only while there is some
};

}  // namespace astray::tls
