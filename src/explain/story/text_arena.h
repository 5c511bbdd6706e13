#pragma once
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace astray::explain {

/// Keeps texts until it is cleared; views stay where they are.
class TextArena {
 public:
  /// `padding` bytes may be read behind the text.
  std::string_view keep(std::string_view text, size_t padding = 0) {
    const size_t wanted = text.size() + padding;
    if (wanted > left_) {
      const size_t size = std::max(wanted, block_bytes);
      blocks_.push_back(std::make_unique<char[]>(size));
      at_ = blocks_.back().get();
      left_ = size;
    }
    std::memcpy(at_, text.data(), text.size());
    const std::string_view kept(at_, text.size());
    at_ += wanted;
    left_ -= wanted;
    return kept;
  }
  void clear() {
    blocks_.clear();
    left_ = 0;
  }

 private:
  static constexpr size_t block_bytes = 16 * 1024;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* at_ = nullptr;
  size_t left_ = 0;
};

}  // namespace astray::explain
