#include "http2/field.h"

#include <algorithm>

#include "base/ascii.h"

namespace astray::http2 {

Fields::Fields(std::initializer_list<Field> lines) {
  size_t bytes = 0;
  for (const Field& line : lines) bytes += line.name.size() + line.value.size();
  reserve(lines.size(), bytes);
  for (const Field& line : lines) push_back(line);
}

void Fields::reserve(size_t lines, size_t bytes) {
  lines_.reserve(lines);
  bytes_.reserve(bytes);
}

void Fields::emplace_back(std::string_view name, std::string_view value) {
  put_bytes(put_bytes(add_line(name.size(), value.size()), name), value);
}

void Fields::emplace_back_lower(std::string_view name, std::string_view value) {
  char* const at = add_line(name.size(), value.size());
  write_ascii_lower(at, name);
  put_bytes(at + name.size(), value);
}

void Fields::push_front(const Field& line) {
  push_back(line);
  const Line last = lines_.back();
  lines_.pop_back();
  lines_.insert(lines_.begin(), last);
}

void Fields::append(const Fields& lines) {
  for (const Field line : lines) push_back(line);
}

void Fields::extend_last(std::string_view more) {
  Line& last = lines_.back();
  if (last.value_begin + last.value_size != bytes_.size()) set_value(lines_.size() - 1, std::string((*this)[lines_.size() - 1].value));
  bytes_.append(more);
  last.value_size += static_cast<uint32_t>(more.size());
}

void Fields::set_value(size_t index, std::string_view value) {
  lines_[index].value_begin = static_cast<uint32_t>(bytes_.size());
  lines_[index].value_size = static_cast<uint32_t>(value.size());
  bytes_.append(value);
}

void Fields::clear() {
  bytes_.clear();
  lines_.clear();
}

bool Fields::operator==(const Fields& other) const {
  return std::equal(begin(), end(), other.begin(), other.end());
}

std::optional<std::string_view> first_value(const Fields& fields, std::string_view name) {
  for (const Field field : fields)
    if (field.name == name) return field.value;
  return std::nullopt;
}

std::vector<std::string_view> all_values(const Fields& fields, std::string_view name) {
  std::vector<std::string_view> values;
  for (const Field field : fields)
    if (field.name == name) values.push_back(field.value);
  return values;
}

}  // namespace astray::http2
