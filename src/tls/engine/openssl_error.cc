#include "tls/engine/openssl_error.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace astray::tls {
namespace {

struct Queue {
  unsigned long innermost = 0;  ///< the first one that was raised
  unsigned long of_ssl = 0;     ///< the first that libssl raised, which says what it meant for the connection
  std::string detail;
  bool is_about_alpn = false;  ///< a client did not like the server's ALPN answer
};

Queue take_queue() {
  Queue queue;
  const char* data = nullptr;
  const char* function = nullptr;
  int flags = 0;
  while (unsigned long code = ERR_get_error_all(nullptr, nullptr, &function, &data, &flags)) {
    if (queue.innermost == 0) {
      queue.innermost = code;
      if ((flags & ERR_TXT_STRING) != 0 && data != nullptr) queue.detail = data;
    }
    if (queue.of_ssl == 0 && ERR_GET_LIB(code) == ERR_LIB_SSL) {
      queue.of_ssl = code;
      // The reason is "bad extension", whichever it was.
      queue.is_about_alpn = function != nullptr && std::string_view(function) == "tls_parse_stoc_alpn";
    }
  }
  return queue;
}

std::string sentence_of(const Queue& queue) {
  unsigned long code = queue.of_ssl != 0 ? queue.of_ssl : queue.innermost;
  if (code == 0) return "OpenSSL gives no reason";
  const char* reason = ERR_reason_error_string(code);
  std::string sentence = reason != nullptr ? reason : fmt::format("OpenSSL error {:#x}", code);
  // The detail of an alert is its number, which the sentence already names.
  bool is_alert = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) > SSL_AD_REASON_OFFSET;
  if (code == queue.innermost && !queue.detail.empty() && !is_alert) sentence += " (" + queue.detail + ")";
  return sentence;
}

bool awaits_certificate(const SSL* ssl) {
  OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl);
  return state == TLS_ST_CR_CERT || state == TLS_ST_SR_CERT;
}

FailureKind kind_of(int reason, const SSL* ssl) {
  if (reason > SSL_AD_REASON_OFFSET) return FailureKind::alert_received;
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_UNSUPPORTED_SSL_VERSION:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_VERSION_TOO_HIGH:
      return FailureKind::wrong_version;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_DH_KEY_TOO_SMALL:
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_WRONG_SIGNATURE_TYPE:
    case SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED:
      return FailureKind::no_shared_cipher;
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return FailureKind::no_shared_protocol;
    case SSL_R_EXCESSIVE_MESSAGE_SIZE:
      return awaits_certificate(ssl) ? FailureKind::certificate_too_big : FailureKind::protocol_error;
    case SSL_R_BAD_SIGNATURE:
      return FailureKind::bad_signature;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return FailureKind::client_certificate_missing;
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return FailureKind::client_certificate_refused;
    case SSL_R_CALLBACK_FAILED:
      return FailureKind::server_name_refused;
    case SSL_R_UNABLE_TO_FIND_PUBLIC_KEY_PARAMETERS:
    case SSL_R_UNKNOWN_CERTIFICATE_TYPE:
    case SSL_R_WRONG_CERTIFICATE_TYPE:
    case SSL_R_CERT_LENGTH_MISMATCH:
    case ERR_R_ASN1_LIB:
    case ERR_R_X509_LIB:
      return FailureKind::bad_certificate;
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_NO_CIPHERS_AVAILABLE:
    case SSL_R_LIBRARY_HAS_NO_CIPHERS:
    case ERR_R_MALLOC_FAILURE:
    case ERR_R_INTERNAL_ERROR:
      return FailureKind::local;
    default:
      return FailureKind::protocol_error;
  }
}

}  // namespace

void clear_openssl_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

OpensslError take_openssl_error(const SSL* ssl) {
  Queue queue = take_queue();
  FailureKind kind =
      queue.of_ssl != 0 ? kind_of(ERR_GET_REASON(queue.of_ssl), ssl) : FailureKind::protocol_error;
  if (queue.is_about_alpn && kind == FailureKind::protocol_error)
    return {FailureKind::no_shared_protocol, "the server chose a protocol by ALPN that was not offered"};
  return {kind, sentence_of(queue)};
}

std::string take_openssl_sentence() {
  return sentence_of(take_queue());
}

std::optional<Error> problem_of_certificates(std::string_view file, size_t count) {
  unsigned long error = ERR_peek_last_error();
  bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  std::string reason = take_openssl_sentence();
  if (!at_end)
    return Error{fmt::format("{}: certificate {} cannot be read ({}): replace the file by an intact one",
                             file, count + 1, reason)};
  if (count == 0)
    return Error{fmt::format(
        "{}: no certificate in it, expected PEM with a line \"-----BEGIN CERTIFICATE-----\"", file)};
  return std::nullopt;
}

}  // namespace astray::tls
