#include "gateway/routing/max_forwards.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace astray::gateway {

Hop count_hop(RequestHead& head) {
  const std::string_view method = head.method;
  if (method != "TRACE" && method != "OPTIONS") return Hop::goes_on;
  std::optional<size_t> line;
  for (size_t i = 0; i < head.fields.size(); ++i) {
    if (head.fields[i].name != "max-forwards") continue;
    if (line) return Hop::goes_on;
    line = i;
  }
  if (!line) return Hop::goes_on;
  const std::string_view value = head.fields[*line].value;
  uint32_t hops = 0;
  const char* const end = value.data() + value.size();
  const auto [at, error] = std::from_chars(value.data(), end, hops);
  if (error != std::errc() || at != end) return Hop::goes_on;
  if (hops == 0) return Hop::ends_here;
  head.fields.set_value(*line, std::to_string(hops - 1));
  return Hop::goes_on;
}

}  // namespace astray::gateway
