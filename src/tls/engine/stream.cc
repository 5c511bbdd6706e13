#include "tls/engine/stream.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "tls/engine/openssl_error.h"
#include "tls/engine/session_access.h"

namespace astray::tls {
namespace {

constexpr size_t record_bytes = SSL3_RT_MAX_PLAIN_LENGTH;
/// Of a record around its plaintext: header, explicit nonce or IV, padding and MAC at most; less with
/// TLS 1.3.
constexpr size_t record_overhead = 128;

}  // namespace

Stream::Stream(SslPointer ssl, Role role, const Limits& limits)
    : ssl_(std::move(ssl)), limits_(limits), role_(role) {
  BIO* bio = pipe_.make_bio();
  CHECK(ssl_ != nullptr && bio != nullptr);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_msg_callback(ssl_.get(), on_message);
  if (role == Role::client) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

Stream::~Stream() = default;

Stream& Stream::of(const SSL* ssl) {
  return *static_cast<Stream*>(SSL_get_app_data(ssl));
}

void Stream::receive(std::string_view bytes) {
  if (bytes.empty() || phase_ == Phase::dead || phase_ == Phase::peer_closed) return;
  if (first_bytes_.decision() == FirstBytes::Decision::tls) return pipe_.receive({}, bytes);
  std::string held;
  if (first_bytes_.decision() == FirstBytes::Decision::undecided) held = first_bytes_.kept();
  first_bytes_.receive(bytes);
  if (first_bytes_.decision() == FirstBytes::Decision::tls) pipe_.receive(held, bytes);
}

void Stream::receive_end() {
  end_received_ = true;
  first_bytes_.receive_end();
}

std::optional<Stream::Event> Stream::next_event() {
  while (events_.empty()) {
    if (!advance()) {
      plaintext_.release();
      return std::nullopt;
    }
  }
  return events_.take_front();
}

/// Did anything happen? Then there is an event, or there will be one.
bool Stream::advance() {
  switch (phase_) {
    case Phase::handshake:
      return advance_handshake();
    case Phase::open:
      return advance_open();
    case Phase::peer_closed:
    case Phase::dead:
      break;
  }
  return false;
}

bool Stream::judge_first_bytes() {
  if (first_bytes_.decision() != FirstBytes::Decision::other) return true;
  if (!first_bytes_.complete()) return false;
  fail(FailureKind::not_tls, "the peer does not speak TLS");
  std::get<Failure>(events_.back()).first_bytes = first_bytes_.beginning();
  return false;
}

bool Stream::advance_handshake() {
  if (!judge_first_bytes()) return !events_.empty();
  started_ = true;
  clear_openssl_errors();
  int result = SSL_do_handshake(ssl_.get());
  judge_limits();
  if (phase_ == Phase::dead) return true;
  if (result != 1) return stop_at(result);

  phase_ = Phase::open;
  events_.emplace_back(HandshakeFinished{});
  for (NewSession& session : early_sessions_) events_.emplace_back(std::move(session));
  early_sessions_.clear();
  return true;
}

bool Stream::advance_open() {
  if (pipe_.unread() == 0 && SSL_has_pending(ssl_.get()) == 0) return wait_for_more();
  plaintext_.clear();
  plaintext_.reserve(record_bytes);
  clear_openssl_errors();
  size_t size = 0;
  int result = SSL_read_ex(ssl_.get(), plaintext_.extend(record_bytes), record_bytes, &size);
  judge_limits();
  if (phase_ == Phase::dead) return true;
  if (result != 1) return stop_at(result);
  events_.emplace_back(Plaintext{plaintext_.view().substr(0, size)});
  return true;
}

/// Everything that came is understood.
bool Stream::wait_for_more() {
  if (!events_.empty()) return true;
  if (!end_received_) return false;
  if (phase_ == Phase::handshake) {
    fail(FailureKind::closed_in_handshake, "the peer closed the connection during the handshake");
  } else {
    phase_ = Phase::peer_closed;
    events_.emplace_back(PeerClosed{PeerClosed::How::truncated});
  }
  return true;
}

/// After an operation of OpenSSL's that did not succeed.
bool Stream::stop_at(int result) {
  int reason = SSL_get_error(ssl_.get(), result);
  if (reason == SSL_ERROR_WANT_READ) return wait_for_more();
  if (reason == SSL_ERROR_ZERO_RETURN && phase_ == Phase::open) {
    phase_ = Phase::peer_closed;
    events_.emplace_back(PeerClosed{PeerClosed::How::clean});
    pipe_.discard_input();
    return true;
  }
  if (reason == SSL_ERROR_ZERO_RETURN) {
    fail(FailureKind::closed_in_handshake, "the peer sent close_notify during the handshake");
    return true;
  }
  OpensslError error = take_openssl_error(ssl_.get());
  if (fatal_alert_ && fatal_alert_->direction == Direction::received)
    error.kind = FailureKind::alert_received;
  fail(error.kind, std::move(error.sentence));
  return true;
}

void Stream::judge_limits() {
  if (phase_ == Phase::handshake && pipe_.total_read() > limits_.max_handshake_bytes) {
    exceeded_ = FailureKind::handshake_too_big;
  }
  if (!exceeded_) return;
  pipe_.close_input();
  fail(*exceeded_, *exceeded_ == FailureKind::handshake_too_big
                       ? fmt::format("the handshake takes more than {} bytes", limits_.max_handshake_bytes)
                       : fmt::format("the peer sent more than {} tickets, key updates and hello requests",
                                     limits_.max_late_messages));
}

void Stream::fail(FailureKind kind, std::string sentence) {
  phase_ = Phase::dead;
  events_.emplace_back(Failure{kind, fatal_alert_, std::move(sentence), {}});
  pipe_.discard_input();
  queued_.clear();
  queued_sent_ = 0;
}

size_t Stream::write_to(std::span<char> buffer) {
  if (buffer.empty()) return 0;
  pipe_.begin_output(buffer);
  if (role_ == Role::client && !started_ && phase_ == Phase::handshake) advance_handshake();
  flush_plaintext();
  return pipe_.end_output();
}

bool Stream::may_encrypt() const {
  return phase_ == Phase::open || phase_ == Phase::peer_closed;
}

/// As much of it as there is room for; how much that was.
size_t Stream::encrypt(std::string_view plaintext) {
  size_t sent = 0;
  while (sent < plaintext.size() && pipe_.output_room() > 0 && !pipe_.output_waits()) {
    // Whole records as far as there is room for them; what does not fit of the last one waits in the pipe.
    size_t room = std::max(pipe_.output_room(), 2 * record_overhead) - record_overhead;
    size_t size = std::min({plaintext.size() - sent, record_bytes, room});
    clear_openssl_errors();
    size_t written = 0;
    int result = SSL_write_ex(ssl_.get(), plaintext.data() + sent, size, &written);
    if (result != 1) {
      OpensslError error = take_openssl_error(ssl_.get());
      fail(error.kind, std::move(error.sentence));
      return plaintext.size();
    }
    sent += written;
  }
  return sent;
}

void Stream::flush_plaintext() {
  if (!may_encrypt()) return;
  const size_t sent = encrypt(std::string_view(queued_).substr(queued_sent_));
  if (phase_ == Phase::dead) return;
  queued_sent_ += sent;
  if (queued_sent_ < queued_.size()) return;
  queued_.clear();
  queued_sent_ = 0;
  if (closing_ != Closing::asked) return;
  closing_ = Closing::done;
  clear_openssl_errors();
  SSL_shutdown(ssl_.get());
  clear_openssl_errors();
}

size_t Stream::send(std::string_view plaintext) {
  if (phase_ == Phase::dead || closing_ != Closing::no) return 0;
  size_t waiting = queued_.size() - queued_sent_;
  size_t taken = std::min(plaintext.size(),
                          limits_.max_queued_plaintext - std::min(waiting, limits_.max_queued_plaintext));
  if (taken == 0) return 0;
  queued_.erase(0, queued_sent_);
  queued_sent_ = 0;
  queued_.append(plaintext.substr(0, taken));
  return taken;
}

size_t Stream::send_through(std::string_view plaintext, std::span<char> buffer) {
  const bool is_free = may_encrypt() && closing_ == Closing::no && queued_.empty();
  if (!is_free || buffer.empty()) {
    send(plaintext);
    return write_to(buffer);
  }
  pipe_.begin_output(buffer);
  const size_t sent = encrypt(plaintext);
  queued_ = plaintext.substr(sent);
  return pipe_.end_output();
}

void Stream::close() {
  if (closing_ == Closing::no) closing_ = Closing::asked;
}

bool Stream::output_waits() const {
  if (pipe_.output_waits()) return true;
  if (phase_ == Phase::handshake) return role_ == Role::client && !started_;
  return phase_ != Phase::dead && (queued_sent_ < queued_.size() || closing_ == Closing::asked);
}

void Stream::keep_session(ssl_session_st* session) {
  if (sessions_ >= limits_.max_sessions) return;
  auto kept = SessionAccess::make(session, server_name_);
  if (!kept) return;
  ++sessions_;
  if (phase_ == Phase::handshake) {
    early_sessions_.push_back(NewSession{std::move(*kept)});
  } else {
    events_.emplace_back(NewSession{std::move(*kept)});
  }
}

}  // namespace astray::tls
