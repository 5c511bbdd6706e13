#include "cli/fetch_retry.h"

#include <algorithm>
#include <charconv>

#include "verdict/misdirected_status.h"

namespace astray {
namespace {

using client::FailureKind;

constexpr int transient[] = {408, 429, 500, 502, 503, 504};
constexpr Duration longest_delay = std::chrono::minutes(10);

/// Retry-After in seconds (RFC 9110 §10.2.3); its other form, a date, is left alone.
std::optional<Duration> retry_after(const std::optional<client::ResponseHead>& head) {
  if (!head) return std::nullopt;
  const std::string_view text = head->fields.find("retry-after").value_or("");
  uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::min<Duration>(std::chrono::seconds(seconds), longest_delay);
}

}  // namespace

bool RetryJudge::would_retry(int status, FailOn fail_on) const {
  if (!any_left() || status == misdirected_status) return false;
  if (std::find(std::begin(transient), std::end(transient), status) != std::end(transient)) return true;
  return plan_.errors == RetryPlan::Errors::all && fail_on != FailOn::nothing && status >= 400;
}

bool RetryJudge::would_retry(const client::FetchReport& report, FailOn fail_on) const {
  if (!report.failure) return would_retry(report.status, fail_on);
  if (!any_left()) return false;
  switch (report.failure->kind) {
    case FailureKind::timed_out:
    case FailureKind::resolve_failed:
      return true;
    case FailureKind::connect_failed:
      if (plan_.refused_connections == RetryPlan::Refused::retried) return true;
      break;
    // What is wrong with the request, or with this machine, is so next time too.
    case FailureKind::invalid_request:
    case FailureKind::identity_split:
    case FailureKind::client_closed:
      return false;
    default:
      break;
  }
  return plan_.errors == RetryPlan::Errors::all;
}

std::optional<Duration> RetryJudge::next_delay(const std::optional<client::ResponseHead>& head,
                                               Duration since_beginning) {
  constexpr uint32_t most_doublings = 10;
  Duration delay = plan_.delay.value_or(std::min<Duration>(
      std::chrono::seconds(int64_t{1} << std::min(retries_, most_doublings)), longest_delay));
  delay = std::max(delay, retry_after(head).value_or(Duration::zero()));
  if (plan_.most_time && since_beginning + delay > *plan_.most_time) return std::nullopt;
  ++retries_;
  return delay;
}

}  // namespace astray
