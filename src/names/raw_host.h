#pragma once
#include <string>
#include <string_view>

namespace astray {

/// The bytes of a Host field, :authority or SNI as received or as a probe sends them, before any judgement of
/// their form. Kept apart from Authority so that nobody compares unparsed text with parsed text.
class RawHost {
 public:
  RawHost() = default;
  explicit RawHost(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const { return bytes_; }
  bool operator==(const RawHost&) const = default;
  /// For messages and logs: printable ASCII as it is, other bytes as \xNN, at most 256 bytes and then "…".
  std::string printable() const;

 private:
  std::string bytes_;
};

}  // namespace astray
