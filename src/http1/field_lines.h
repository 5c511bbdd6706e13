#pragma once
// Field lines that are to be written, as they will stand on the wire.
#include <initializer_list>
#include <string>
#include <string_view>

namespace astray::http1 {

class FieldLines {
 public:
  FieldLines() = default;
  /// "name: value" each. No byte is checked.
  FieldLines(std::initializer_list<std::string_view> lines) {
    for (const std::string_view line : lines) push_back(line);
  }

  void push_back(std::string_view line) { bytes_.append(line).append("\r\n"); }
  void add(std::string_view name, std::string_view value) {
    bytes_.append(name).append(": ").append(value).append("\r\n");
  }
  void reserve(size_t bytes) { bytes_.reserve(bytes); }
  /// Keeps the memory.
  void clear() { bytes_.clear(); }

  bool empty() const { return bytes_.empty(); }
  /// Each line with its CRLF.
  std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace astray::http1
