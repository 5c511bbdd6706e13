#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace astray {

enum class Scheme : uint8_t { http, https };
std::string_view to_string(Scheme scheme);

/// A TCP or UDP port, 1–65535.
class Port {
 public:
  /// Digits only, no sign, no blanks, 1–65535; leading zeros are allowed as RFC 3986 allows them.
  static std::optional<Port> parse(std::string_view digits);
  static constexpr Port of(Scheme scheme) { return Port(scheme == Scheme::https ? 443 : 80); }
  /// For numbers known at compile time or already checked.
  constexpr explicit Port(uint16_t number) : number_(number) {}

  constexpr uint16_t number() const { return number_; }
  auto operator<=>(const Port&) const = default;

 private:
  uint16_t number_;
};

}  // namespace astray
