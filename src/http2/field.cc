#include "http2/field.h"

namespace astray::http2 {

const std::string* first_value(const Fields& fields, std::string_view name) {
  for (const Field& field : fields)
    if (field.name == name) return &field.value;
  return nullptr;
}

std::vector<std::string_view> all_values(const Fields& fields, std::string_view name) {
  std::vector<std::string_view> values;
  for (const Field& field : fields)
    if (field.name == name) values.push_back(field.value);
  return values;
}

}  // namespace astray::http2
