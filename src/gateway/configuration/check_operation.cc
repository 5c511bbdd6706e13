#include "gateway/configuration/check_parts.h"
#include "gateway/log/log_format.h"

namespace astray::gateway {

void check_operation(Checking& checking) {
  const auto& log = checking.configuration.operation.access_log;
  if (!log) return;
  const auto format = LogFormat::parse(log->format.value.text);
  if (!format) checking.error(log->format.place, format.error().message);
}

}  // namespace astray::gateway
