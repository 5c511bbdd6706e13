#include "explain/looked_at.h"

namespace astray::explain {

Result<std::string_view> LookedAt::look(size_t most, const std::function<bool(std::string_view)>& is_enough) {
  head_.resize(most);
  size_t size = 0;
  while (size < most) {
    const Result<size_t> got = source_.read(head_.data() + size, most - size);
    if (!got && size == 0) return tl::unexpected(got.error());
    if (!got) error_ = got.error();
    if (!got || *got == 0) break;
    size += *got;
    if (is_enough(std::string_view(head_.data(), size))) break;
  }
  head_.resize(size);
  return std::string_view(head_);
}

Result<size_t> LookedAt::read(char* into, size_t size) {
  if (at_ < head_.size()) {
    const size_t bytes = head_.copy(into, size, at_);
    at_ += bytes;
    return bytes;
  }
  if (error_) return tl::unexpected(*error_);
  return source_.read(into, size);
}

}  // namespace astray::explain
