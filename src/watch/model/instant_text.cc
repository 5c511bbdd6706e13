#include "watch/model/instant_text.h"

#include <fmt/chrono.h>

#include <chrono>

namespace astray::watch {

std::string instant_text(Instant instant) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     std::chrono::sys_seconds(std::chrono::seconds(instant.unix_seconds)));
}

}  // namespace astray::watch
