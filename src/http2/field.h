#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace astray::http2 {

/// 31 bits. Odd: opened by the client; 0: the connection itself.
using StreamId = int32_t;

/// One field line or pseudo-header field, with the bytes as they are on the wire: nothing is lower-cased,
/// trimmed, joined or sorted.
struct Field {
  std::string name;
  std::string value;

  bool operator==(const Field&) const = default;
};
/// In the order of the field block. Names may repeat.
using Fields = std::vector<Field>;

/// The value of the first field of exactly this name (HTTP/2 names are lower case), or nullptr.
const std::string* first_value(const Fields& fields, std::string_view name);
/// Every value of exactly this name, in order: a request may carry several Host fields. The views live as
/// long as `fields`.
std::vector<std::string_view> all_values(const Fields& fields, std::string_view name);

}  // namespace astray::http2
