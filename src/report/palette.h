#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace astray {

/// What a piece of text is; how that looks is decided in one place.
enum class Role : uint8_t { plain, strong, faint, error, warning, info, good, place, code };

/// Colours of a terminal, or none.
class Palette {
 public:
  enum class Kind : uint8_t { none, ansi };
  explicit Palette(Kind kind = Kind::none) : kind_(kind) {}

  bool colours() const { return kind_ == Kind::ansi; }
  /// The text with what switches its colour on and off again. The text is printable already.
  std::string paint(Role role, std::string_view text) const;

 private:
  Kind kind_;
};

}  // namespace astray
