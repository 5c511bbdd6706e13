#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "explain/logs/line_formats.h"
#include "watch/model/round_record.h"
#include "watch/rounds/followed_log.h"
#include "watch/settings/settings.h"

namespace astray::watch {

/// Counts the 421s that the logs tell, from round to round. An access log tells of each; an error log of those whose
/// sentence astray knows.
class RefusalCounter {
 public:
  /// An Error names the log whose format means nothing.
  static Result<RefusalCounter> of(const std::vector<LogSettings>& logs);

  struct Counted {
    std::vector<RefusalCount> refusals;  ///< at most most_pairs of each log; the rest under no names
    std::vector<std::string> troubles;
  };
  Counted count();
  /// Logs that the other one follows too are read on from where it is.
  void take_over(RefusalCounter& other);
  static constexpr size_t most_pairs = 4096;
  /// Of one log in one round.
  static constexpr size_t most_bytes = size_t{64} << 20;

 private:
  struct Log {
    LogSettings settings;
    FollowedLog file;
    explain::LineFormats formats;
  };
  std::vector<Log> logs_;
};

}  // namespace astray::watch
