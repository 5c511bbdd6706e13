#include "tls/der_shape.h"

#include <optional>

namespace astray {
namespace {

constexpr uint8_t integer_tag = 0x02;
constexpr uint8_t object_identifier_tag = 0x06;
constexpr uint8_t sequence_tag = 0x30;
constexpr uint8_t explicit_version_tag = 0xA0;

/// Reads tags and lengths from the front; nothing once the bytes have run out.
class DerFront {
 public:
  explicit DerFront(std::string_view bytes) : bytes_(bytes) {}

  std::optional<uint8_t> byte() {
    if (bytes_.empty()) return std::nullopt;
    auto value = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }

  enum class Skipped { length, nothing_yet, no_length };
  /// X.690 §8.1.3, definite form, at most 4 length bytes.
  Skipped skip_length() {
    auto first = byte();
    if (!first) return Skipped::nothing_yet;
    if (*first < 0x80) return Skipped::length;
    int more = *first & 0x7F;
    if (more < 1 || more > 4) return Skipped::no_length;
    for (; more > 0; --more)
      if (!byte()) return Skipped::nothing_yet;
    return Skipped::length;
  }

 private:
  std::string_view bytes_;
};

DerShape shape_by_version(DerFront& front) {
  auto size = front.byte();
  if (!size) return DerShape::undecided;
  if (*size != 1) return DerShape::not_der;
  auto version = front.byte();
  if (!version) return DerShape::undecided;
  if (*version == 3) return DerShape::pkcs12;
  return *version <= 1 ? DerShape::private_key : DerShape::not_der;
}

}  // namespace

DerShape shape_of_der(std::string_view beginning) {
  DerFront front(beginning);
  auto outer = front.byte();
  if (!outer) return DerShape::undecided;
  if (*outer != sequence_tag) return DerShape::not_der;
  if (auto skipped = front.skip_length(); skipped != DerFront::Skipped::length) {
    return skipped == DerFront::Skipped::nothing_yet ? DerShape::undecided : DerShape::not_der;
  }

  auto inner = front.byte();
  if (!inner) return DerShape::undecided;
  if (*inner == integer_tag) return shape_by_version(front);
  if (*inner == object_identifier_tag) return DerShape::pkcs7;
  if (*inner != sequence_tag) return DerShape::not_der;
  if (auto skipped = front.skip_length(); skipped != DerFront::Skipped::length) {
    return skipped == DerFront::Skipped::nothing_yet ? DerShape::undecided : DerShape::not_der;
  }

  auto first_field = front.byte();
  if (!first_field) return DerShape::undecided;
  switch (*first_field) {
    case explicit_version_tag:
    case integer_tag:  // a serial number (a version 1 certificate leaves the version out)
      return DerShape::certificate;
    case object_identifier_tag:
      return DerShape::encrypted_private_key;
    default:
      return DerShape::not_der;
  }
}

}  // namespace astray
