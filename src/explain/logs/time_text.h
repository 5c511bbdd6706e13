#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace astray::explain {

/// Reads the time stamps of logs: "10/Oct/2000:13:55:36 -0700" (with or without a fraction and a zone),
/// "2000-10-10T13:55:36.123Z" (also with a blank, "/" for "-", or an offset), "Tue Oct 10 13:55:36.123456 2000".
/// A stamp without a zone is taken for UTC. Lines of one second share most of a stamp, so the last one is
/// kept.
class TimeReader {
 public:
  /// Microseconds since 1970-01-01T00:00:00Z; nothing when the text is no time.
  std::optional<int64_t> read(std::string_view text);

 private:
  std::string last_;
  std::optional<int64_t> last_time_;
};

/// "2000-10-10T13:55:36Z", with a fraction where there is one.
std::string time_text(int64_t microseconds);

}  // namespace astray::explain
