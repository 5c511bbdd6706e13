#include "names/port.h"

#include "base/ascii.h"

namespace astray {

std::string_view to_string(Scheme scheme) {
  switch (scheme) {
    case Scheme::http:
      return "http";
    case Scheme::https:
      return "https";
  }
  return {};
}

std::optional<Port> Port::parse(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  uint32_t number = 0;
  for (char c : digits) {
    if (!is_ascii_digit(c)) return std::nullopt;
    number = number * 10 + static_cast<uint32_t>(c - '0');
    if (number > UINT16_MAX) return std::nullopt;
  }
  if (number == 0) return std::nullopt;
  return Port(static_cast<uint16_t>(number));
}

}  // namespace astray
