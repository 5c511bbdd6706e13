#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "http2/event.h"
#include "http2/frame.h"

namespace astray::http2 {

/// Writes frames that nobody checks: any order, stream, flag, length. For a peer in a test that misbehaves,
/// and for probes that send what an engine refuses.
///
///   RawFrames().preface().settings().headers(1, {{":method", "GET"}, …}, end_headers | end_stream).bytes()
class RawFrames {
 public:
  RawFrames& preface();
  RawFrames& settings(const std::vector<Setting>& entries = {});
  RawFrames& settings_ack();
  /// The block is encoded by literal_block().
  RawFrames& headers(StreamId stream, const Fields& fields, FrameFlags flags = end_headers);
  RawFrames& continuation(StreamId stream, const Fields& fields, FrameFlags flags = end_headers);
  /// On `stream`, for a request on `promised`.
  RawFrames& push_promise(StreamId stream, StreamId promised, const Fields& fields,
                          FrameFlags flags = end_headers);
  RawFrames& data(StreamId stream, std::string_view bytes, FrameFlags flags = 0);
  RawFrames& rst_stream(StreamId stream, ErrorCode code);
  /// 8 bytes, if the PING is to be right.
  RawFrames& ping(std::string_view opaque, FrameFlags flags = 0);
  RawFrames& window_update(StreamId stream, uint32_t increment);
  RawFrames& goaway(StreamId last_stream, ErrorCode code, std::string_view debug_data = {});
  RawFrames& origin(const std::vector<std::string_view>& origins, StreamId stream = 0);
  RawFrames& altsvc(StreamId stream, std::string_view origin, std::string_view value);
  /// Any frame. The length is the payload's.
  RawFrames& frame(const Frame& frame);
  /// Only a frame's header, with any length (24 bits); put_bytes() may follow.
  RawFrames& frame_header(uint32_t length, FrameType type, FrameFlags flags, StreamId stream,
                          ReservedBit reserved = ReservedBit::unset);
  /// Bytes as they are.
  RawFrames& put_bytes(std::string_view bytes);

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace astray::http2
