#pragma once
// Field lines of HTTP messages (RFC 9110 §5).
#include <string>
#include <string_view>
#include <vector>

#include "astray/export.h"

namespace astray::http {

struct Field {
  std::string name;
  std::string value;
  bool operator==(const Field&) const = default;
};

/// In the order they come; a name may come more than once.
using Fields = std::vector<Field>;

/// The value of the first line of this name, whatever its letter case; null when there is none.
ASTRAY_EXPORT const std::string* find(const Fields& fields, std::string_view name);

}  // namespace astray::http
