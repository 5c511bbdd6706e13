#pragma once
#include <string>
#include <string_view>

#include "http2/frame.h"

namespace astray::http2 {

/// Where frames begin and end in bytes that come in any pieces.
class FrameBoundary {
 public:
  /// `preface` bytes come before the first frame.
  explicit FrameBoundary(size_t preface) : payload_left_(preface) {}

  enum class Progress : uint8_t {
    in_header,     ///< which is not complete yet
    header_known,  ///< it is complete with these bytes: current() is it, its payload lies ahead
    in_payload,
  };
  /// Takes bytes from the front of `input`, no further than to the end of a header or of a frame, and returns
  /// how many.
  size_t advance(std::string_view input, Progress& progress);
  /// Type, flags and stream of the frame that the last bytes belong to; no payload.
  const Frame& current() const { return current_; }
  size_t current_length() const { return current_length_; }
  bool between_frames() const { return header_.empty() && payload_left_ == 0; }

 private:
  void read_header(std::string_view header);

  std::string header_;  ///< the bytes seen of a header that is not complete
  size_t payload_left_;  ///< or of what comes before the first frame
  size_t current_length_ = 0;
  Frame current_{.type = FrameType::settings, .payload = {}};
};

}  // namespace astray::http2
