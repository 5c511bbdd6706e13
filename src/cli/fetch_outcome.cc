#include "cli/fetch_outcome.h"

#include <fmt/format.h>

#include "verdict/misdirected_status.h"
#include "verdict/reason.h"

namespace astray {
namespace {

using client::FailureKind;
using client::FetchFailure;
using client::FetchReport;
using client::Phase;


std::string_view what_next(const FetchFailure& failure) {
  switch (failure.kind) {
    case FailureKind::resolve_failed:
      return "check the name, or give its address with --resolve";
    case FailureKind::connect_failed:
      return "check that the server, or the proxy, runs and listens there; --connect-to leads elsewhere";
    case FailureKind::proxy_failed:
    case FailureKind::proxy_refused:
      return "check --proxy and the environment's http_proxy, https_proxy and all_proxy; --noproxy '*' goes "
             "without";
    case FailureKind::certificate_refused:
      return "give its authority with --cacert; -k takes any certificate";
    case FailureKind::protocol_refused:
      return "ask with --http1.1";
    case FailureKind::timed_out:
      return "give it more time with --max-time, or --retry";
    case FailureKind::identity_split:
      return "ask the URL of the name that is meant, with --connect-identity NAME for what TLS shall say";
    case FailureKind::redirect_refused:
      return "look at the redirects with -v; --max-redirs sets how many are followed";
    case FailureKind::too_large:
      return "raise --max-filesize";
    default:
      return "-v shows what was exchanged";
  }
}

std::string misdirected_message(const FetchReport& report) {
  const std::string_view sni = report.carried_on.server_name;
  const std::string on = fmt::format("connection {} ({})", report.carried_on.connection,
                                     sni.empty() ? "no SNI" : fmt::format("SNI {}", sni));
  std::string text = "done: 421 Misdirected Request";
  if (report.misdirected && report.misdirected->answers > 1) {
    text += fmt::format(", also on a fresh {}", on);
  } else {
    text += fmt::format(" on {}", on);
  }
  if (report.misdirected) {
    text += fmt::format(" ({})", info(report.misdirected->verdict.reason).id);
  }
  return text + "; astray probe shows which names that address answers";
}

}  // namespace

int curl_number_of(const FetchFailure& failure, const FetchReport& report) {
  const bool h2 = report.protocol == Protocol::h2;
  switch (failure.kind) {
    case FailureKind::none:
      return curl_number::ok;
    case FailureKind::invalid_request:
      return 3;
    case FailureKind::identity_split:
      return 2;
    case FailureKind::resolve_failed:
      return 6;
    case FailureKind::connect_failed:
      return 7;
    case FailureKind::proxy_failed:
      return failure.phase == Phase::resolve ? 5 : failure.phase == Phase::connect ? 7 : 56;
    case FailureKind::proxy_refused:
      return 56;
    case FailureKind::handshake_failed:
    case FailureKind::protocol_refused:
      return 35;
    case FailureKind::certificate_refused:
      return 60;
    case FailureKind::timed_out:
      return 28;
    case FailureKind::closed_early:
      if (failure.phase == Phase::handshake) return 35;
      if (failure.phase == Phase::response_body) return h2 ? 92 : 18;
      return h2 ? 16 : 52;
    case FailureKind::reset:
      if (failure.phase == Phase::handshake) return 35;
      return h2 ? 92 : 56;
    case FailureKind::malformed_response:
      if (failure.phase == Phase::response_body) return h2 ? 92 : 56;
      return h2 ? 16 : 1;
    case FailureKind::body_source_failed:
      return 26;
    case FailureKind::redirect_refused:
      return 47;
    case FailureKind::decoding_failed:
      return 61;
    case FailureKind::too_large:
      return 63;
    case FailureKind::local_limit:
      return 2;
    case FailureKind::client_closed:
      return curl_number::interrupted;
  }
  return 2;
}

void conclude(FetchOutcome& outcome, FailOn fail_on) {
  const FetchReport& report = outcome.report;
  if (outcome.interrupted) {
    outcome.exit_code = ExitCode::failure;
    outcome.curl_code = curl_number::interrupted;
    outcome.message = "interrupted: a signal came before the answer was complete";
  } else if (!outcome.write_problem.empty()) {
    outcome.exit_code = ExitCode::failure;
    outcome.curl_code = curl_number::write_failed;
    outcome.message = fmt::format("{}: {}", to_string(Phase::response_body), outcome.write_problem);
  } else if (report.failure) {
    outcome.exit_code = ExitCode::failure;
    outcome.curl_code = curl_number_of(*report.failure, report);
    outcome.message = fmt::format("{}: {}; {}", to_string(report.failure->phase), report.failure->sentence,
                                  what_next(*report.failure));
  } else if (report.status == misdirected_status) {
    outcome.exit_code = ExitCode::findings;
    if (fail_on != FailOn::nothing) outcome.curl_code = curl_number::http_status;
    outcome.message = misdirected_message(report);
  } else if (fail_on != FailOn::nothing && report.status >= 400) {
    outcome.exit_code = ExitCode::findings;
    outcome.curl_code = curl_number::http_status;
    outcome.message = fmt::format("done: the answer is {}; without -f its body is shown", report.status);
  }
}

}  // namespace astray
