// What a Stream learns from the messages that OpenSSL shows it, and from OpenSSL itself once they are over.

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>

#include "tls/engine/stream.h"

namespace astray::tls {
namespace {

constexpr size_t message_header_bytes = 4;  // type and length, RFC 8446 §4
constexpr size_t max_authorities = 100;
constexpr size_t max_subject_bytes = 1024;

/// Reads numbers and byte strings with a length before them; past the end everything is empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }

  std::string_view take(size_t size) {
    size = std::min(size, rest_.size());
    std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view vector(size_t length_bytes) {
    size_t length = 0;
    for (char c : take(length_bytes)) length = length << 8 | static_cast<unsigned char>(c);
    return take(length);
  }

 private:
  std::string_view rest_;
};

/// The list of a Certificate message (RFC 8446 §4.4.2, RFC 5246 §7.4.2).
std::string_view certificate_list(std::string_view body, Version version) {
  Reader reader(body);
  if (version == Version::tls1_3) reader.vector(1);  // certificate_request_context
  return reader.vector(3);
}

std::string one_line(const X509_NAME* name) {
  std::unique_ptr<BIO, Release<BIO_free>> bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    ERR_clear_error();
    return "(cannot be printed)";
  }
  char* text = nullptr;
  long size = BIO_get_mem_data(bio.get(), &text);
  return {text, std::min(static_cast<size_t>(size), max_subject_bytes)};
}

}  // namespace

void Stream::on_message(int is_sent, int, int content_type, const void* bytes, size_t size, SSL* ssl, void*) {
  std::string_view message(static_cast<const char*>(bytes), size);
  Direction direction = is_sent != 0 ? Direction::sent : Direction::received;
  if (content_type == SSL3_RT_ALERT) of(ssl).take_alert(message, direction);
  if (content_type == SSL3_RT_HANDSHAKE) of(ssl).take_message(message, direction);
}

void Stream::take_alert(std::string_view bytes, Direction direction) {
  if (bytes.size() != 2) return;
  Alert seen{bytes[0] == SSL3_AL_WARNING ? AlertLevel::warning : AlertLevel::fatal,
             static_cast<uint8_t>(bytes[1]), direction};
  if (seen.description == alert::close_notify) return;
  // RFC 8446 §6: all others are fatal in TLS 1.3, whatever the level says.
  if (seen.level == AlertLevel::fatal) fatal_alert_ = seen;
  events_.emplace_back(seen);
}

void Stream::take_message(std::string_view bytes, Direction direction) {
  if (bytes.size() < message_header_bytes) return;
  std::string_view body = bytes.substr(message_header_bytes);
  int type = static_cast<unsigned char>(bytes[0]);
  if (direction == Direction::sent) {
    if (type == SSL3_MT_CERTIFICATE && !certificate_list(body, version()).empty()) {
      certificate_request_.answer = CertificateRequest::Answer::sent;
    }
    return;
  }
  if (phase_ != Phase::handshake) {
    if (++late_messages_ > limits_.max_late_messages) {
      exceeded_ = FailureKind::too_many_messages;
      pipe_.close_input();
    }
    return;
  }
  if (type == SSL3_MT_CERTIFICATE) take_chain(body);
  if (type == SSL3_MT_CERTIFICATE_REQUEST) certificate_was_requested_ = true;
}

void Stream::take_chain(std::string_view body) {
  Version spoken = version();
  chain_bytes_ = certificate_list(body, spoken);
  chain_.clear();
  for (Reader reader(chain_bytes_); !reader.at_end();) {
    chain_.push_back(reader.vector(3));
    if (spoken == Version::tls1_3) reader.vector(2);  // its extensions
  }
}

Version Stream::version() const {
  return version_of(SSL_version(ssl())).value_or(Version::tls1_2);
}

std::string_view Stream::cipher() const {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl());
  const char* name = cipher != nullptr ? SSL_CIPHER_standard_name(cipher) : nullptr;
  return name != nullptr ? name : "";
}

std::optional<std::string_view> Stream::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl(), &name, &size);
  if (name == nullptr) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(name), size);
}

HandshakeDone::Kind Stream::kind() const {
  return SSL_session_reused(ssl()) == 1 ? HandshakeDone::Kind::resumed : HandshakeDone::Kind::full;
}

std::span<const std::string_view> Stream::peer_chain() {
  if (!chain_.empty() || kind() != HandshakeDone::Kind::resumed) return chain_;
  std::vector<size_t> sizes;
  auto append = [&](X509* certificate) {
    unsigned char* der = nullptr;
    int size = certificate != nullptr ? i2d_X509(certificate, &der) : 0;
    if (size <= 0) return;
    chain_bytes_.append(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
    OPENSSL_free(der);
    sizes.push_back(static_cast<size_t>(size));
  };
  // A server remembers the leaf apart from the rest, and of a ticket's session nothing but the leaf.
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl());
  if (role_ == Role::server || chain == nullptr) append(SSL_get0_peer_certificate(ssl()));
  for (int i = 0; i < sk_X509_num(chain); ++i) append(sk_X509_value(chain, i));
  Reader reader(chain_bytes_);
  for (size_t size : sizes) chain_.push_back(reader.take(size));
  return chain_;
}

bool Stream::has_peer_certificate() const {
  return SSL_get0_peer_certificate(ssl()) != nullptr;
}

bool Stream::is_peer_verified() const {
  return has_peer_certificate() && SSL_get_verify_result(ssl()) == X509_V_OK;
}

const CertificateRequest* Stream::certificate_request() {
  if (!certificate_was_requested_) return nullptr;
  const STACK_OF(X509_NAME)* names = SSL_get0_peer_CA_list(ssl());
  int count = std::min(sk_X509_NAME_num(names), static_cast<int>(max_authorities));
  for (int i = 0; i < count; ++i)
    certificate_request_.authorities.push_back(one_line(sk_X509_NAME_value(names, i)));
  return &certificate_request_;
}

}  // namespace astray::tls
