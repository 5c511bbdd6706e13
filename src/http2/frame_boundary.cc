#include "http2/frame_boundary.h"

#include <algorithm>

#include "base/octets.h"

namespace astray::http2 {

size_t FrameBoundary::advance(std::string_view input, Progress& progress) {
  progress = Progress::inside;
  if (payload_left_ != 0) {
    size_t taken = std::min(payload_left_, input.size());
    payload_left_ -= taken;
    return taken;
  }
  size_t taken = std::min(frame_header_bytes - header_.size(), input.size());
  header_ += input.substr(0, taken);
  if (header_.size() < frame_header_bytes) return taken;

  progress = Progress::header_known;
  current_length_ = read_number(header_, 3);
  current_.type = static_cast<FrameType>(header_[3]);
  current_.flags = static_cast<FrameFlags>(header_[4]);
  current_.stream = static_cast<StreamId>(read_number(std::string_view(header_).substr(5), 4) & 0x7fffffff);
  payload_left_ = current_length_;
  header_.clear();
  return taken;
}

}  // namespace astray::http2
