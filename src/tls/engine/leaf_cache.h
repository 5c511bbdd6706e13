#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "tls/certificate.h"

namespace astray::tls {

/// Decodes each distinct leaf certificate once: probing a thousand names sees the same few again and again.
/// For one thread.
class LeafCache {
 public:
  /// Forgets everything when it would hold more than this many.
  explicit LeafCache(size_t capacity = 10'000) : capacity_(capacity) {}

  /// The error is the reason, without a full stop.
  using Decoded = Result<std::shared_ptr<const Certificate>, std::string>;
  const Decoded& decode(std::string_view der);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view bytes) const { return std::hash<std::string_view>()(bytes); }
  };
  size_t capacity_;
  std::unordered_map<std::string, Decoded, Hash, std::equal_to<>> entries_;
};

}  // namespace astray::tls
