#include "http1/send_queue.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace astray::http1 {

void SendQueue::append_chunk(std::string_view bytes) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, bytes.size(), 16);
  append_all({{digits, static_cast<size_t>(end.ptr - digits)}, "\r\n", bytes, "\r\n"});
}

void SendQueue::append_last_chunk(const FieldLines& trailer_lines) {
  append_all({"0\r\n", trailer_lines.bytes(), "\r\n"});
}

size_t SendQueue::write_to(std::span<char> buffer) {
  const size_t count = std::min(buffer.size(), size());
  if (count != 0) std::memcpy(buffer.data(), bytes_.data() + written_, count);
  written_ += count;
  // What was written is dropped when that is cheap: at the end, or when it is most of a large queue.
  constexpr size_t worth_moving_bytes = 64 * 1024;
  if (written_ == bytes_.size()) {
    bytes_.clear();
    written_ = 0;
  } else if (written_ >= worth_moving_bytes && written_ >= bytes_.size() / 2) {
    bytes_.drop_front(written_);
    written_ = 0;
  }
  return count;
}

}  // namespace astray::http1
