#include "gateway/routing/max_forwards.h"

#include <charconv>
#include <string>

namespace astray::gateway {

Hop count_hop(RequestHead& head) {
  if (head.method != "TRACE" && head.method != "OPTIONS") return Hop::goes_on;
  http2::Field* line = nullptr;
  for (http2::Field& field : head.fields) {
    if (field.name != "max-forwards") continue;
    if (line != nullptr) return Hop::goes_on;
    line = &field;
  }
  if (line == nullptr) return Hop::goes_on;
  uint32_t hops = 0;
  const char* const end = line->value.data() + line->value.size();
  const auto [at, error] = std::from_chars(line->value.data(), end, hops);
  if (error != std::errc() || at != end) return Hop::goes_on;
  if (hops == 0) return Hop::ends_here;
  line->value = std::to_string(hops - 1);
  return Hop::goes_on;
}

}  // namespace astray::gateway
