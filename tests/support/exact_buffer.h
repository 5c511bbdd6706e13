#pragma once
#include <cstring>
#include <memory>
#include <string_view>

namespace astray::test {

/// The bytes in a heap block of exactly their size, so that ASan sees a one-byte over-read of a string_view.
class ExactBuffer {
 public:
  explicit ExactBuffer(std::string_view bytes) : size_(bytes.size()), data_(new char[bytes.size()]) {
    if (size_ != 0) std::memcpy(data_.get(), bytes.data(), size_);
  }
  std::string_view view() const { return {data_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<char[]> data_;
};

}  // namespace astray::test
