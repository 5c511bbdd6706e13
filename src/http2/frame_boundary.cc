#include "http2/frame_boundary.h"

#include <algorithm>

#include "base/octets.h"

namespace astray::http2 {

size_t FrameBoundary::advance(std::string_view input, Progress& progress) {
  if (payload_left_ != 0) {
    progress = Progress::in_payload;
    const size_t taken = std::min(payload_left_, input.size());
    payload_left_ -= taken;
    return taken;
  }
  if (header_.empty() && input.size() >= frame_header_bytes) {
    progress = Progress::header_known;
    read_header(input);
    return frame_header_bytes;
  }
  progress = Progress::in_header;
  const size_t taken = std::min(frame_header_bytes - header_.size(), input.size());
  header_ += input.substr(0, taken);
  if (header_.size() < frame_header_bytes) return taken;
  progress = Progress::header_known;
  read_header(header_);
  header_.clear();
  return taken;
}

void FrameBoundary::read_header(std::string_view header) {
  current_length_ = payload_left_ = read_number(header, 3);
  current_.type = static_cast<FrameType>(header[3]);
  current_.flags = static_cast<FrameFlags>(header[4]);
  current_.stream = static_cast<StreamId>(read_number(header.substr(5), 4) & 0x7fffffff);
}

}  // namespace astray::http2
