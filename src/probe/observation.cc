#include "probe/observation.h"

namespace astray {

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::resolve:
      return "resolve";
    case Stage::connect:
      return "connect";
    case Stage::handshake:
      return "handshake";
    case Stage::session:
      return "session";
    case Stage::request:
      return "request";
    case Stage::response_head:
      return "response-head";
    case Stage::response_body:
      return "response-body";
    case Stage::done:
      return "done";
  }
  return {};
}

std::string_view to_string(ProbeFailure failure) {
  switch (failure) {
    case ProbeFailure::none:
      return "none";
    case ProbeFailure::not_resolved:
      return "not-resolved";
    case ProbeFailure::refused:
      return "refused";
    case ProbeFailure::unreachable:
      return "unreachable";
    case ProbeFailure::reset:
      return "reset";
    case ProbeFailure::closed_early:
      return "closed-early";
    case ProbeFailure::timed_out:
      return "timed-out";
    case ProbeFailure::tls_alert:
      return "tls-alert";
    case ProbeFailure::not_tls:
      return "not-tls";
    case ProbeFailure::tls_error:
      return "tls-error";
    case ProbeFailure::certificate_too_big:
      return "certificate-too-big";
    case ProbeFailure::alpn_not_offered:
      return "alpn-not-offered";
    case ProbeFailure::not_http:
      return "not-http";
    case ProbeFailure::http_0_9:
      return "http-0.9";
    case ProbeFailure::malformed_response:
      return "malformed-response";
    case ProbeFailure::head_too_big:
      return "head-too-big";
    case ProbeFailure::too_many_informational:
      return "too-many-informational";
    case ProbeFailure::flood:
      return "flood";
    case ProbeFailure::goaway:
      return "goaway";
    case ProbeFailure::stream_reset:
      return "stream-reset";
    case ProbeFailure::not_reusable:
      return "not-reusable";
    case ProbeFailure::no_session:
      return "no-session";
    case ProbeFailure::other_protocol:
      return "other-protocol";
    case ProbeFailure::local_limit:
      return "local-limit";
    case ProbeFailure::cancelled:
      return "cancelled";
  }
  return {};
}

}  // namespace astray
