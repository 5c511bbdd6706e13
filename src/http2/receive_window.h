#pragma once
#include <cstdint>
#include <utility>

namespace astray::http2 {

/// Flow control of what comes (RFC 9113 section 6.9), of a stream or of the connection. In bytes of DATA payloads.
class ReceiveWindow {
 public:
  explicit ReceiveWindow(int64_t size) : size_(size), left_(size) {}

  /// An empty frame always fits (RFC 9113 section 6.9.1).
  bool admits(size_t bytes) const { return bytes == 0 || static_cast<int64_t>(bytes) <= left_; }
  void take(size_t bytes) { left_ -= static_cast<int64_t>(bytes); }
  /// So many bytes are used up. What WINDOW_UPDATE is to tell now; 0 while less than half of the window is worth telling.
  uint32_t give_back(size_t bytes) {
    used_up_ += static_cast<int64_t>(bytes);
    if (used_up_ == 0 || used_up_ < size_ / 2) return 0;
    left_ += used_up_;
    return static_cast<uint32_t>(std::exchange(used_up_, 0));
  }
  /// By SETTINGS: what is left may become negative.
  void resize(int64_t size) { left_ += size - std::exchange(size_, size); }

 private:
  int64_t size_;
  int64_t left_;
  int64_t used_up_ = 0;  ///< and not told
};

}  // namespace astray::http2
