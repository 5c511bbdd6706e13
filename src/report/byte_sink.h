#pragma once
#include <string_view>

namespace astray {

/// Where a report goes. Reports of any size are handed over in pieces, so that memory stays constant.
class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  virtual void write(std::string_view bytes) = 0;
  /// False once nobody reads any more (`| head`): whoever produces may stop.
  virtual bool wanted() const = 0;
};

}  // namespace astray
