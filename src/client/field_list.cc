#include "client/field_list.h"

#include <cstring>
#include <limits>

#include "base/ascii.h"
#include "base/check.h"

namespace astray::client {
namespace {

// What most heads of the web fit into.
constexpr size_t first_lines = 24;
constexpr size_t first_bytes = 2048;

}  // namespace

void FieldList::add(std::string_view name, std::string_view value) {
  if (lines_.capacity() == 0) {
    lines_.reserve(first_lines);
    bytes_.reserve(first_bytes);
  }
  CHECK(name.size() + value.size() <= std::numeric_limits<uint32_t>::max() - bytes_.size());
  lines_.push_back({.begin = static_cast<uint32_t>(bytes_.size()),
                    .name_size = static_cast<uint32_t>(name.size()),
                    .value_size = static_cast<uint32_t>(value.size())});
  bytes_ += name;
  bytes_ += value;
}

size_t FieldList::remove(std::string_view name) {
  size_t kept = 0;
  uint32_t end = 0;
  for (size_t i = 0; i < lines_.size(); ++i) {
    Line line = lines_[i];
    if (ascii_iequals((*this)[i].name, name)) continue;
    const uint32_t size = line.name_size + line.value_size;
    std::memmove(bytes_.data() + end, bytes_.data() + line.begin, size);
    line.begin = end;
    lines_[kept++] = line;
    end += size;
  }
  const size_t removed = lines_.size() - kept;
  lines_.resize(kept);
  bytes_.resize(end);
  return removed;
}

void FieldList::clear() {
  lines_.clear();
  bytes_.clear();
}

Field FieldList::operator[](size_t index) const {
  CHECK(index < lines_.size());
  const Line& line = lines_[index];
  const std::string_view bytes(bytes_);
  return {bytes.substr(line.begin, line.name_size),
          bytes.substr(line.begin + line.name_size, line.value_size)};
}

std::optional<std::string_view> FieldList::find(std::string_view name) const {
  for (const Field line : *this)
    if (ascii_iequals(line.name, name)) return line.value;
  return std::nullopt;
}

size_t FieldList::count(std::string_view name) const {
  size_t lines = 0;
  for (const Field line : *this) lines += ascii_iequals(line.name, name) ? 1 : 0;
  return lines;
}

bool FieldList::lists(std::string_view name, std::string_view token) const {
  for (const Field line : *this) {
    if (!ascii_iequals(line.name, name)) continue;
    std::string_view rest = line.value;
    while (auto element = http1::take_list_element(rest))
      if (ascii_iequals(*element, token)) return true;
  }
  return false;
}

}  // namespace astray::client
