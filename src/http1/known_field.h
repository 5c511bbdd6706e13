#pragma once
#include <cstdint>
#include <string_view>

namespace astray::http1 {

/// The fields that engines and gateways ask for by name. A name is looked up once, when its line is read.
enum class KnownField : uint8_t {
  none,  ///< any other name
  connection,
  content_length,
  expect,
  forwarded,
  host,
  keep_alive,
  proxy_connection,
  transfer_encoding,
  upgrade,
};

/// Whatever its letter case.
KnownField known_field(std::string_view name);

/// A set of them; `none` is never in it.
class KnownFields {
 public:
  constexpr KnownFields() = default;
  template <typename... Each>
  constexpr explicit KnownFields(Each... each) {
    (add(each), ...);
  }
  constexpr void add(KnownField field) { bits_ |= 1u << static_cast<unsigned>(field) & ~1u; }
  constexpr bool has(KnownField field) const { return (bits_ >> static_cast<unsigned>(field) & 1u) != 0; }

 private:
  uint32_t bits_ = 0;
};

}  // namespace astray::http1
