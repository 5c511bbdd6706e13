#include "tls/engine/words.h"

namespace astray::tls {

std::string_view to_string(Version version) {
  switch (version) {
    case Version::tls1_0:
      return "TLSv1";
    case Version::tls1_1:
      return "TLSv1.1";
    case Version::tls1_2:
      return "TLSv1.2";
    case Version::tls1_3:
      break;
  }
  return "TLSv1.3";
}

std::optional<Version> version_of(int wire_number) {
  switch (wire_number) {
    case 0x0301:
      return Version::tls1_0;
    case 0x0302:
      return Version::tls1_1;
    case 0x0303:
      return Version::tls1_2;
    case 0x0304:
      return Version::tls1_3;
    default:
      return std::nullopt;
  }
}

int wire_number_of(Version version) {
  return 0x0301 + static_cast<int>(version);
}

// https://www.iana.org/assignments/tls-parameters, registry "TLS Alerts".
std::string_view alert_name(uint8_t description) {
  switch (description) {
    case 0:
      return "close_notify";
    case 10:
      return "unexpected_message";
    case 20:
      return "bad_record_mac";
    case 21:
      return "decryption_failed";
    case 22:
      return "record_overflow";
    case 30:
      return "decompression_failure";
    case 40:
      return "handshake_failure";
    case 41:
      return "no_certificate";
    case 42:
      return "bad_certificate";
    case 43:
      return "unsupported_certificate";
    case 44:
      return "certificate_revoked";
    case 45:
      return "certificate_expired";
    case 46:
      return "certificate_unknown";
    case 47:
      return "illegal_parameter";
    case 48:
      return "unknown_ca";
    case 49:
      return "access_denied";
    case 50:
      return "decode_error";
    case 51:
      return "decrypt_error";
    case 60:
      return "export_restriction";
    case 70:
      return "protocol_version";
    case 71:
      return "insufficient_security";
    case 80:
      return "internal_error";
    case 86:
      return "inappropriate_fallback";
    case 90:
      return "user_canceled";
    case 100:
      return "no_renegotiation";
    case 109:
      return "missing_extension";
    case 110:
      return "unsupported_extension";
    case 111:
      return "certificate_unobtainable";
    case 112:
      return "unrecognized_name";
    case 113:
      return "bad_certificate_status_response";
    case 114:
      return "bad_certificate_hash_value";
    case 115:
      return "unknown_psk_identity";
    case 116:
      return "certificate_required";
    case 120:
      return "no_application_protocol";
    case 121:
      return "ech_required";
    default:
      return "unknown";
  }
}

std::string_view to_string(FailureKind kind) {
  switch (kind) {
    case FailureKind::not_tls:
      return "not_tls";
    case FailureKind::alert_received:
      return "alert_received";
    case FailureKind::closed_in_handshake:
      return "closed_in_handshake";
    case FailureKind::wrong_version:
      return "wrong_version";
    case FailureKind::no_shared_cipher:
      return "no_shared_cipher";
    case FailureKind::no_shared_protocol:
      return "no_shared_protocol";
    case FailureKind::certificate_too_big:
      return "certificate_too_big";
    case FailureKind::handshake_too_big:
      return "handshake_too_big";
    case FailureKind::too_many_messages:
      return "too_many_messages";
    case FailureKind::bad_certificate:
      return "bad_certificate";
    case FailureKind::bad_signature:
      return "bad_signature";
    case FailureKind::client_certificate_missing:
      return "client_certificate_missing";
    case FailureKind::client_certificate_refused:
      return "client_certificate_refused";
    case FailureKind::server_name_refused:
      return "server_name_refused";
    case FailureKind::protocol_error:
      return "protocol_error";
    case FailureKind::local:
      break;
  }
  return "local";
}

}  // namespace astray::tls
