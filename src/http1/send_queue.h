#pragma once
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>

#include "base/byte_block.h"
#include "http1/field_lines.h"

namespace astray::http1 {

/// Bytes on their way to the peer, in order.
class SendQueue {
 public:
  void append(std::string_view bytes) { bytes_.append(bytes); }
  /// All of them in a row: a head is made of many.
  void append_all(std::initializer_list<std::string_view> parts) {
    size_t bytes = 0;
    for (const std::string_view part : parts) bytes += part.size();
    char* at = bytes_.extend(bytes);
    for (const std::string_view part : parts) at = put_bytes(at, part);
  }
  /// `size` in hexadecimal, CRLF, the bytes, CRLF (RFC 9112 §7.1). Not for empty bytes: those would end the
  /// body.
  void append_chunk(std::string_view bytes);
  /// The last chunk, the trailer lines and the empty line.
  void append_last_chunk(const FieldLines& trailer_lines);
  size_t write_to(std::span<char> buffer);
  size_t size() const { return bytes_.size() - written_; }

 private:
  ByteBlock bytes_;
  size_t written_ = 0;
};

}  // namespace astray::http1
