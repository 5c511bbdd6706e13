#include "http2/raw_frames.h"

#include "base/octets.h"
#include "http2/hpack_literal.h"

namespace astray::http2 {

RawFrames& RawFrames::preface() {
  return put_bytes(connection_preface);
}

RawFrames& RawFrames::settings(const std::vector<Setting>& entries) {
  std::string payload;
  for (const Setting& entry : entries) {
    put_number(payload, entry.id, 2);
    put_number(payload, entry.value, 4);
  }
  return frame({.type = FrameType::settings, .payload = payload});
}

RawFrames& RawFrames::settings_ack() {
  return frame({.type = FrameType::settings, .flags = ack, .payload = {}});
}

RawFrames& RawFrames::headers(StreamId stream, const Fields& fields, FrameFlags flags) {
  return frame(
      {.type = FrameType::headers, .flags = flags, .stream = stream, .payload = literal_block(fields)});
}

RawFrames& RawFrames::continuation(StreamId stream, const Fields& fields, FrameFlags flags) {
  return frame(
      {.type = FrameType::continuation, .flags = flags, .stream = stream, .payload = literal_block(fields)});
}

RawFrames& RawFrames::push_promise(StreamId stream, StreamId promised, const Fields& fields,
                                   FrameFlags flags) {
  std::string payload;
  put_number(payload, static_cast<uint32_t>(promised), 4);
  payload += literal_block(fields);
  return frame({.type = FrameType::push_promise, .flags = flags, .stream = stream, .payload = payload});
}

RawFrames& RawFrames::data(StreamId stream, std::string_view bytes, FrameFlags flags) {
  return frame({.type = FrameType::data, .flags = flags, .stream = stream, .payload = bytes});
}

RawFrames& RawFrames::rst_stream(StreamId stream, ErrorCode code) {
  std::string payload;
  put_number(payload, static_cast<uint32_t>(code), 4);
  return frame({.type = FrameType::rst_stream, .stream = stream, .payload = payload});
}

RawFrames& RawFrames::ping(std::string_view opaque, FrameFlags flags) {
  return frame({.type = FrameType::ping, .flags = flags, .payload = opaque});
}

RawFrames& RawFrames::window_update(StreamId stream, uint32_t increment) {
  std::string payload;
  put_number(payload, increment, 4);
  return frame({.type = FrameType::window_update, .stream = stream, .payload = payload});
}

RawFrames& RawFrames::goaway(StreamId last_stream, ErrorCode code, std::string_view debug_data) {
  std::string payload;
  put_number(payload, static_cast<uint32_t>(last_stream), 4);
  put_number(payload, static_cast<uint32_t>(code), 4);
  payload += debug_data;
  return frame({.type = FrameType::goaway, .payload = payload});
}

RawFrames& RawFrames::origin(const std::vector<std::string_view>& origins, StreamId stream) {
  std::string payload;
  for (std::string_view origin : origins) {
    put_number(payload, static_cast<uint32_t>(origin.size()), 2);
    payload += origin;
  }
  return frame({.type = FrameType::origin, .stream = stream, .payload = payload});
}

RawFrames& RawFrames::altsvc(StreamId stream, std::string_view origin, std::string_view value) {
  std::string payload;
  put_number(payload, static_cast<uint32_t>(origin.size()), 2);
  payload += origin;
  payload += value;
  return frame({.type = FrameType::altsvc, .stream = stream, .payload = payload});
}

RawFrames& RawFrames::frame(const Frame& frame) {
  frame_header(static_cast<uint32_t>(frame.payload.size()), frame.type, frame.flags, frame.stream,
               frame.reserved);
  return put_bytes(frame.payload);
}

RawFrames& RawFrames::frame_header(uint32_t length, FrameType type, FrameFlags flags, StreamId stream,
                                   ReservedBit reserved) {
  put_number(bytes_, length, 3);
  put_number(bytes_, static_cast<uint8_t>(type), 1);
  put_number(bytes_, flags, 1);
  uint32_t top = reserved == ReservedBit::set ? 0x80000000 : 0;
  put_number(bytes_, static_cast<uint32_t>(stream) | top, 4);
  return *this;
}

RawFrames& RawFrames::put_bytes(std::string_view bytes) {
  bytes_ += bytes;
  return *this;
}

}  // namespace astray::http2
