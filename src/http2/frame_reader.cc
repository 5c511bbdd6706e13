#include "http2/frame_reader.h"

#include <algorithm>

#include "base/octets.h"

namespace astray::http2 {

FrameReader::FrameReader(Preface preface, size_t max_payload)
    : max_payload_(max_payload), preface_(preface) {}

void FrameReader::receive(std::string_view bytes) {
  // What is behind a problem is not read, so it is not kept either.
  if (problem_ != Problem::none) return;
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_ += bytes;
}

std::optional<Frame> FrameReader::next_frame() {
  if (problem_ != Problem::none) return std::nullopt;
  std::string_view rest = std::string_view(buffer_).substr(at_);
  if (preface_ == Preface::expected) {
    size_t seen = std::min(rest.size(), connection_preface.size());
    if (rest.substr(0, seen) != connection_preface.substr(0, seen)) {
      problem_ = Problem::bad_preface;
      return std::nullopt;
    }
    if (seen < connection_preface.size()) return std::nullopt;
    preface_ = Preface::none;
    at_ += seen;
    rest.remove_prefix(seen);
  }

  if (rest.size() < frame_header_bytes) return std::nullopt;
  size_t length = read_number(rest, 3);
  if (length > max_payload_) {
    problem_ = Problem::frame_too_large;
    return std::nullopt;
  }
  if (rest.size() - frame_header_bytes < length) return std::nullopt;
  uint32_t stream = read_number(rest.substr(5), 4);
  Frame frame{.type = static_cast<FrameType>(rest[3]),
              .flags = static_cast<FrameFlags>(rest[4]),
              .stream = static_cast<StreamId>(stream & 0x7fffffff),
              .payload = rest.substr(frame_header_bytes, length),
              .reserved = stream >> 31 != 0 ? ReservedBit::set : ReservedBit::unset};
  at_ += frame_header_bytes + length;
  return frame;
}

}  // namespace astray::http2
