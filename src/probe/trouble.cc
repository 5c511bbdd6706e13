#include "probe/trouble.h"

#include <fmt/format.h>

#include "names/raw_host.h"

namespace astray {
namespace {

std::string printable(std::string_view bytes) {
  return RawHost(std::string(bytes)).printable();
}

Trouble foreign(std::string_view first_bytes, http1::OtherProtocol looks_like) {
  using Other = http1::OtherProtocol;
  std::string_view what = "something that is not HTTP/1";
  switch (looks_like) {
    case Other::none:
      break;
    case Other::http_0_9:
      return {ProbeFailure::http_0_9, fmt::format("a document without a status line came (HTTP/0.9): \"{}\"",
                                                  printable(first_bytes))};
    case Other::http_2:
      what = "HTTP/2 without having been asked for it";
      break;
    case Other::tls:
      what = "TLS: this port wants https";
      break;
    case Other::ssh:
      what = "SSH";
      break;
    case Other::numeric_reply:
      what = "a line protocol such as FTP or SMTP";
      break;
    case Other::mail_greeting:
      what = "POP3 or IMAP";
      break;
    case Other::other_text:
      what = "text that is not HTTP";
      break;
    case Other::other_bytes:
      what = "bytes that are not HTTP";
      break;
  }
  const ProbeFailure failure =
      looks_like == Other::numeric_reply ? ProbeFailure::other_protocol : ProbeFailure::not_http;
  const std::string_view whose_421 =
      looks_like == Other::numeric_reply && first_bytes.starts_with("421") ? ", whose 421 is not HTTP's" : "";
  return {failure, fmt::format("the peer speaks {}{}: \"{}\"", what, whose_421, printable(first_bytes))};
}

bool is_flood(http2::ConnectionProblem problem) {
  using Problem = http2::ConnectionProblem;
  switch (problem) {
    case Problem::continuation_flood:
    case Problem::settings_flood:
    case Problem::ping_flood:
    case Problem::empty_data_flood:
    case Problem::reset_flood:
    case Problem::frame_flood:
    case Problem::unread_answers:
      return true;
    default:
      return false;
  }
}

}  // namespace

Trouble trouble_of(const ConnectError& error) {
  const std::string message = describe(error);
  switch (error.kind) {
    case ConnectError::Kind::refused:
      return {ProbeFailure::refused, message};
    case ConnectError::Kind::timed_out:
      return {ProbeFailure::timed_out, message};
    case ConnectError::Kind::unreachable:
      return {ProbeFailure::unreachable, message};
    case ConnectError::Kind::address_unavailable:
    case ConnectError::Kind::too_many_descriptors:
    case ConnectError::Kind::permission_denied:
      return {ProbeFailure::local_limit, message};
    case ConnectError::Kind::other:
      break;
  }
  return {ProbeFailure::unreachable, message};
}

Trouble trouble_of(const StreamError& error) {
  const std::string message = describe(error);
  switch (error.kind) {
    case StreamError::Kind::reset:
      return {ProbeFailure::reset, message};
    case StreamError::Kind::timed_out:
      return {ProbeFailure::timed_out, message};
    case StreamError::Kind::unreachable:
      return {ProbeFailure::unreachable, message};
    case StreamError::Kind::aborted:
      return {ProbeFailure::cancelled, message};
    case StreamError::Kind::other:
      break;
  }
  return {ProbeFailure::reset, message};
}

Trouble trouble_of(const tls::Failure& failure) {
  const auto with = [&](ProbeFailure kind) { return Trouble{kind, failure.sentence}; };
  switch (failure.kind) {
    case tls::FailureKind::not_tls:
      return not_tls(failure.first_bytes);
    case tls::FailureKind::alert_received:
      return {ProbeFailure::tls_alert, failure.sentence, failure.alert ? failure.alert->name() : "unknown"};
    case tls::FailureKind::closed_in_handshake:
      return with(ProbeFailure::closed_early);
    case tls::FailureKind::no_shared_protocol:
      return with(ProbeFailure::alpn_not_offered);
    case tls::FailureKind::certificate_too_big:
      return with(ProbeFailure::certificate_too_big);
    case tls::FailureKind::too_many_messages:
    case tls::FailureKind::handshake_too_big:
      return with(ProbeFailure::flood);
    case tls::FailureKind::local:
      return with(ProbeFailure::local_limit);
    default:
      return with(ProbeFailure::tls_error);
  }
}

Trouble not_tls(std::string_view first_bytes) {
  std::string_view what;
  switch (http1::recognise_other(first_bytes)) {
    case http1::OtherProtocol::none:
      what = " but HTTP in clear";
      break;
    case http1::OtherProtocol::ssh:
      what = " but SSH";
      break;
    case http1::OtherProtocol::numeric_reply:
      what = first_bytes.starts_with("421")
                 ? " but a line protocol such as FTP or SMTP, whose 421 is not HTTP's"
                 : " but a line protocol such as FTP or SMTP";
      break;
    case http1::OtherProtocol::mail_greeting:
      what = " but POP3 or IMAP";
      break;
    default:
      break;
  }
  return {ProbeFailure::not_tls,
          fmt::format("the peer does not speak TLS{}; it began with \"{}\"", what, printable(first_bytes))};
}

Trouble trouble_of(const http1::Failed& failure) {
  const std::string message(http1::describe(failure.reason));
  using Why = http1::FailureReason;
  switch (failure.reason) {
    case Why::not_http1:
    case Why::unsupported_version:
      return foreign(failure.first_bytes, failure.looks_like);
    case Why::closed_before_response:
    case Why::closed_in_head:
    case Why::closed_in_body:
      return {ProbeFailure::closed_early, message};
    case Why::head_too_large:
    case Why::line_too_large:
    case Why::too_many_fields:
    case Why::trailers_too_large:
    case Why::chunk_extensions_too_large:
      return {ProbeFailure::head_too_big, message};
    case Why::too_many_informational:
      return {ProbeFailure::too_many_informational, message};
    default:
      return {ProbeFailure::malformed_response, message};
  }
}

Trouble trouble_of(const http2::ConnectionFailure& failure) {
  using Problem = http2::ConnectionProblem;
  const std::string message = fmt::format("HTTP/2 {}: {}", to_string(failure.problem), failure.sentence);
  if (is_flood(failure.problem)) return {ProbeFailure::flood, message};
  switch (failure.problem) {
    case Problem::not_http2:
      return {ProbeFailure::not_http, message};
    case Problem::header_list_too_large:
      return {ProbeFailure::head_too_big, message};
    case Problem::settings_timeout:
      return {ProbeFailure::timed_out, message};
    case Problem::closed_before_settings:
    case Problem::closed_mid_stream:
      return {ProbeFailure::closed_early, message};
    case Problem::out_of_memory:
      return {ProbeFailure::local_limit, message};
    default:
      return {ProbeFailure::malformed_response, message};
  }
}

Trouble trouble_of(const http2::StreamReset& reset) {
  using Problem = http2::StreamProblem;
  const std::string message =
      fmt::format("HTTP/2 {} ({}){}{}", to_string(reset.problem), to_string(reset.code),
                  reset.sentence.empty() ? "" : ": ", reset.sentence);
  switch (reset.problem) {
    case Problem::refused_by_goaway:
      return {ProbeFailure::goaway, message};
    case Problem::too_many_informational:
      return {ProbeFailure::too_many_informational, message};
    case Problem::malformed_message:
    case Problem::wrong_content_length:
      return {ProbeFailure::malformed_response, message};
    default:
      return {ProbeFailure::stream_reset, message};
  }
}

Trouble trouble_of(const http2::GoAway& goaway) {
  return {ProbeFailure::goaway, fmt::format("the server sent GOAWAY ({})", to_string(goaway.code))};
}

Trouble closed_early(std::string_view where) {
  return {ProbeFailure::closed_early, fmt::format("the server closed the connection {}", where)};
}

void report(const Trouble& trouble, Observation& seen) {
  seen.failure = trouble.failure;
  seen.message = trouble.message;
  seen.alert = trouble.alert;
}

}  // namespace astray
