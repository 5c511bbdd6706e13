#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace astray {

enum class IpFamily : uint8_t { v4, v6 };

/// An IPv4 or IPv6 address without zone. IPv4-mapped IPv6 stays IPv6: no server here treats them as equal names.
class IpAddress {
 public:
  enum class Error { malformed, has_zone };

  /// "192.0.2.1" or "2001:db8::1"; brackets belong to Authority, not here. Strict dotted quad: no octal, no short forms.
  static Result<IpAddress, Error> parse(std::string_view text);
  static IpAddress v4(std::array<uint8_t, 4> bytes);
  static IpAddress v6(std::array<uint8_t, 16> bytes);

  IpFamily family() const { return family_; }
  bool is_unspecified() const;  ///< 0.0.0.0 or ::
  bool is_loopback() const;     ///< 127.0.0.0/8 or ::1
  /// 4 or 16 bytes in network order.
  std::string_view bytes() const;
  /// RFC 5952 for IPv6, without brackets.
  std::string text() const;

  auto operator<=>(const IpAddress&) const = default;
  bool operator==(const IpAddress&) const = default;

 private:
  IpAddress() = default;
  IpFamily family_ = IpFamily::v4;
  std::array<uint8_t, 16> bytes_{};
};

}  // namespace astray
