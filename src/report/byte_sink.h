#pragma once
#include <cstddef>
#include <string_view>

namespace astray {

/// Whoever writes as a run goes on hands over when it has so many bytes, since somebody may read along …
inline constexpr size_t piece_bytes = size_t{1} << 16;
/// … and whoever writes what is there already hands it over in so large pieces.
inline constexpr size_t large_piece_bytes = size_t{1} << 20;

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
