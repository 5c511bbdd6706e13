#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace astray::gateway {

/// What the lines of one connection's requests have in common, written once: LogFormat fills it and reads it.
class LogConnectionText {
 public:
  /// Whether it was filled by the format of this id.
  bool is_of(uint64_t format) const { return format_ == format; }
  void begin(uint64_t format) {
    format_ = format;
    text_.clear();
    ends_.clear();
  }
  /// Another run of pieces stands at the end of text().
  std::string& text() { return text_; }
  void end_run() { ends_.push_back(static_cast<uint32_t>(text_.size())); }
  std::string_view run(size_t number) const {
    const size_t begin = number == 0 ? 0 : ends_[number - 1];
    return std::string_view(text_).substr(begin, ends_[number] - begin);
  }

 private:
  uint64_t format_ = 0;  ///< 0: nobody's
  std::string text_;
  std::vector<uint32_t> ends_;
};

}  // namespace astray::gateway
