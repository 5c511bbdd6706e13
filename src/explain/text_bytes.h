#pragma once
#include <algorithm>
#include <string>

#include "explain/source.h"

namespace astray::explain {

/// A text that is there already: what stands on the command line, or in a test.
class TextBytes : public ByteSource {
 public:
  /// Hands out at most `step` bytes at a time.
  explicit TextBytes(std::string text, size_t step = SIZE_MAX) : text_(std::move(text)), step_(step) {}
  Result<size_t> read(char* into, size_t size) override {
    const size_t bytes = text_.copy(into, std::min(size, step_), at_);
    at_ += bytes;
    return bytes;
  }

 private:
  std::string text_;
  size_t step_;
  size_t at_ = 0;
};

}  // namespace astray::explain
