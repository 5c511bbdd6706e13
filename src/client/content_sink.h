#pragma once
#include <string_view>

#include "base/result.h"

namespace astray::client {

/// Takes content piece by piece. An error (a full disk) stops whoever writes.
class ContentSink {
 public:
  virtual ~ContentSink() = default;
  /// `bytes`: never empty, valid during the call.
  virtual Result<void> write(std::string_view bytes) = 0;
};

}  // namespace astray::client
