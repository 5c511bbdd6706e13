#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "explain/source.h"

namespace astray::explain {

/// Bytes that were looked at, and then the rest. Borrows the source.
class LookedAt : public ByteSource {
 public:
  explicit LookedAt(ByteSource& source) : source_(source) {}

  /// Up to `most` bytes, or fewer once `is_enough` says so of what is there. To be called once, before the first
  /// read(). An Error when there is nothing but that; one that comes later is the reader's.
  Result<std::string_view> look(size_t most, const std::function<bool(std::string_view)>& is_enough);
  Result<size_t> read(char* into, size_t size) override;

 private:
  ByteSource& source_;
  std::string head_;
  size_t at_ = 0;
  std::optional<Error> error_;  ///< that came behind the head
};

}  // namespace astray::explain
