#pragma once
// A DNS host name in the one form everything here compares: lower-case ASCII (U-labels turned into A-labels),
// without a trailing dot, labels of 1–63 bytes, 253 bytes in total.

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace astray {

enum class HostnameError {
  empty,
  too_long,        ///< more than 253 bytes without the trailing dot
  empty_label,     ///< "a..b", ".a", "a.." (one trailing dot is allowed)
  label_too_long,  ///< a label of more than 63 bytes
  bad_character,   ///< anything but letters, digits, '-', '_' and what IDNA maps to them
  bad_idna,        ///< non-ASCII text that libidn2 refuses (IDNA 2008, with UTS #46 mapping)
  ip_address,      ///< the last label is all digits (or 0x…): what looks like an IPv4 address is not a name
  bad_ip_literal,  ///< from Host::parse alone: "[…]" that does not hold an IPv6 address without zone
};

/// One sentence, for messages: "a label is longer than 63 bytes".
std::string_view describe(HostnameError error);

class Hostname {
 public:
  /// Folds case, removes one trailing dot, converts U-labels. Hyphens may stand anywhere and '_' is a letter:
  /// the field uses both, and no server refuses them.
  static Result<Hostname, HostnameError> parse(std::string_view text);

  std::string_view text() const { return text_; }
  /// Count of labels: 3 for www.example.com.
  int label_count() const;
  /// What follows the first dot; "" for a single label.
  std::string_view parent() const;

  auto operator<=>(const Hostname&) const = default;
  bool operator==(const Hostname&) const = default;

 private:
  explicit Hostname(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace astray

template <>
struct std::hash<astray::Hostname> {
  size_t operator()(const astray::Hostname& name) const noexcept {
    return std::hash<std::string_view>{}(name.text());
  }
};
