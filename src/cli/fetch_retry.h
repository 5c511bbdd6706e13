#pragma once
#include <cstdint>
#include <optional>

#include "cli/fetch_plan.h"
#include "client/response.h"

namespace astray {

/// Whether --retry asks for another attempt, by curl's rules: after 408, 429, 500, 502, 503 and 504, after a
/// timeout and after a failed look-up, and after what the other options of retrying add. Never after 421: the
/// client has asked again by then, where asking again could help.
class RetryJudge {
 public:
  explicit RetryJudge(const RetryPlan& plan) : plan_(plan) {}

  /// Of a head, before its body comes: such a body is nobody's.
  bool would_retry(int status, FailOn fail_on) const;
  bool would_retry(const client::FetchReport& report, FailOn fail_on) const;
  /// How long to wait before the next attempt, which counts from here on; nothing when it would begin too
  /// late.
  std::optional<Duration> next_delay(const std::optional<client::ResponseHead>& head,
                                     Duration since_beginning);
  uint32_t retries() const { return retries_; }

 private:
  bool any_left() const { return retries_ < plan_.most; }
  RetryPlan plan_;
  uint32_t retries_ = 0;
};

}  // namespace astray
