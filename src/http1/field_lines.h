#pragma once
// Field lines that are to be written, as they will stand on the wire.
#include <initializer_list>
#include <string_view>

#include "base/ascii.h"
#include "base/byte_block.h"

namespace astray::http1 {

class FieldLines {
 public:
  FieldLines() = default;
  /// "name: value" each. No byte is checked.
  FieldLines(std::initializer_list<std::string_view> lines) {
    for (const std::string_view line : lines) push_back(line);
  }

  void push_back(std::string_view line) {
    put_bytes(put_bytes(bytes_.extend(line.size() + 2), line), "\r\n");
    may_have_connection_ = true;
  }
  void add(std::string_view name, std::string_view value) {
    char* const at = bytes_.extend(name.size() + value.size() + 4);
    put_bytes(put_bytes(put_bytes(put_bytes(at, name), ": "), value), "\r\n");
    may_have_connection_ |= ascii_iequals(name, "connection");
  }
  void reserve(size_t bytes) { bytes_.reserve(bytes); }
  /// Keeps the memory.
  void clear() {
    bytes_.clear();
    may_have_connection_ = false;
  }

  bool empty() const { return bytes_.empty(); }
  /// Each line with its CRLF.
  std::string_view bytes() const { return bytes_.view(); }
  /// False: none of them is a Connection line, and nobody needs to look.
  bool may_have_connection() const { return may_have_connection_; }

 private:
  ByteBlock bytes_;
  bool may_have_connection_ = false;
};

}  // namespace astray::http1
