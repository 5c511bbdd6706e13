#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace astray::httpd {

/// Text that lives as long as the reading of a configuration: what is not a plain piece of a file (joined
/// lines, expanded variables, resolved escapes).
class TextArena {
 public:
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    if (text.size() > left_) grow(text.size());
    char* place = next_;
    std::memcpy(place, text.data(), text.size());
    next_ += text.size();
    left_ -= text.size();
    kept_ += text.size();
    return {place, text.size()};
  }
  /// Bytes kept so far.
  size_t size() const { return kept_; }

 private:
  void grow(size_t at_least) {
    size_t size = at_least > chunk_size ? at_least : chunk_size;
    chunks_.push_back(std::make_unique<char[]>(size));
    next_ = chunks_.back().get();
    left_ = size;
  }

  static constexpr size_t chunk_size = size_t{64} << 10;
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  size_t left_ = 0;
  size_t kept_ = 0;
};

}  // namespace astray::httpd
