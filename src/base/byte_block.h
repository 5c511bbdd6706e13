#pragma once
// Bytes that grow, for the heads of messages: most of what is added is short, and comes and goes with a request.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/blocks.h"

namespace astray {

/// Two copies that may overlap cover all sizes from one to two times theirs.
template <size_t half>
[[gnu::always_inline]] inline void put_both_ends(char* to, const char* from, size_t size) {
  std::memcpy(to, from, half);
  std::memcpy(to + size - half, from + size - half, half);
}

/// Copies `text` to where there is room for it; one behind its last byte. Unlike memcpy() no call for what is short.
[[gnu::always_inline]] inline char* put_bytes(char* to, std::string_view text) {
  const char* const from = text.data();
  const size_t size = text.size();
  if (size > 64)
    std::memcpy(to, from, size);
  else if (size > 32)
    put_both_ends<32>(to, from, size);
  else if (size >= 16)
    put_both_ends<16>(to, from, size);
  else if (size >= 8)
    put_both_ends<8>(to, from, size);
  else if (size >= 4)
    put_both_ends<4>(to, from, size);
  else
    for (size_t i = 0; i < size; ++i) to[i] = from[i];
  return to + size;
}

class ByteBlock {
 public:
  ByteBlock() = default;
  ByteBlock(const ByteBlock& other) { append(other.view()); }
  ByteBlock(ByteBlock&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  ByteBlock& operator=(ByteBlock other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~ByteBlock() { give_block(data_, capacity_); }

  const char* data() const { return data_; }
  char* data() { return data_; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {data_, size_}; }

  /// Keeps the memory.
  void clear() { size_ = 0; }
  void reserve(size_t bytes) {
    if (bytes > capacity_) move_to(bytes);
  }
  /// Gives the memory back.
  void release() { *this = ByteBlock(); }
  /// Where so many bytes can be written behind the last; an extend() by at most so many then adds them as they are.
  char* room(size_t bytes) {
    if (bytes > capacity_ - size_) grow(size_ + bytes);
    return data_ + size_;
  }
  /// So many bytes more, whose values are the caller's to write.
  char* extend(size_t bytes) {
    char* const more = room(bytes);
    size_ += bytes;
    return more;
  }
  /// Only the first so many.
  void truncate(size_t bytes) { size_ = bytes; }
  void drop_front(size_t bytes) {
    size_ -= bytes;
    if (size_ != 0) std::memmove(data_, data_ + bytes, size_);
  }
  /// `text` is no part of these.
  void append(std::string_view text) { put_bytes(extend(text.size()), text); }

 private:
  void grow(size_t bytes) {
    // What follows the first bytes is often little: a quarter of room saves a copy.
    move_to(std::max(bytes + bytes / 4, 2 * capacity_));
  }
  void move_to(size_t capacity) {
    char* const data = static_cast<char*>(take_block(capacity));
    if (size_ != 0) std::memcpy(data, data_, size_);
    give_block(data_, capacity_);
    data_ = data;
    capacity_ = capacity;
  }

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace astray
