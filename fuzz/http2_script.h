#pragma once
// What a client sends, mostly as it should be, made of a fuzzer's bytes.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/octets.h"
#include "http2/raw_frames.h"
#include "http2_field_block.h"

namespace astray::http2::fuzzing {

class Script {
 public:
  explicit Script(std::string_view bytes) : input_{bytes} {}

  bool empty() const { return input_.rest.empty(); }
  bool has_opened(StreamId id) const { return id % 2 == 1 && id < 2 * opened_; }
  /// A frame, or a whole field block.
  std::string next_frames() {
    const uint8_t kind = input_.byte() % 20;
    if (kind < 4) return head(2 * opened_++ + 1, some_request_block(input_));
    const StreamId id = some_stream();
    const uint8_t choice = input_.byte();
    switch (kind) {
      case 4:
        return head(id, some_block(input_));
      case 5:
      case 6:
      case 7:
      case 8:
        return data(id, choice);
      case 9:
        return RawFrames().window_update(0, increment(choice)).bytes();
      case 10:
      case 11:
        return RawFrames().window_update(id, std::max<uint32_t>(increment(choice), 1)).bytes();
      case 12:
        return RawFrames().rst_stream(id, static_cast<ErrorCode>(choice % 16)).bytes();
      case 13:
        return RawFrames().ping("12345678", choice % 2 == 0 ? ack : FrameFlags{}).bytes();
      case 14:
        return settings().bytes();
      case 15:
        return RawFrames().settings_ack().bytes();
      case 16:
        return RawFrames().goaway(choice % 4, ErrorCode::no_error, input_.bytes(choice / 8 % 8U)).bytes();
      case 17:
        return frame(FrameType::priority, 0, id, priority_fields());
      case 18:
        return broken(choice % 2 == 0 ? 0 : id);
      default:
        return frame(static_cast<FrameType>(0x20 + choice % 4), choice, id, input_.bytes(choice / 8 % 8U));
    }
  }
  RawFrames settings() {
    std::vector<Setting> entries;
    for (size_t count = input_.byte() % 4U; count > 0; --count) entries.push_back(setting());
    return RawFrames().settings(entries);
  }

 private:
  static std::string frame(FrameType type, FrameFlags flags, StreamId id, std::string_view payload) {
    return RawFrames().frame({.type = type, .flags = flags, .stream = id, .payload = payload}).bytes();
  }

  /// One that was opened, mostly; or the next one, or one that is the server's to open.
  StreamId some_stream() {
    const uint8_t choice = input_.byte();
    if (choice >= 250) return choice % 2 == 0 ? 2 : 2 * opened_ + 1;
    return opened_ == 0 ? 1 : 2 * (choice % opened_) + 1;
  }
  static uint32_t increment(uint8_t choice) {
    constexpr uint32_t increments[] = {1, 10, 100, 5000, 65535, 0x3fffffff, 0x7fffffff, 0};
    return increments[choice % std::size(increments)];
  }
  Setting setting() {
    constexpr uint32_t windows[] = {0, 1, 100, 65535, 70000, 1 << 20, 0x7fffffff, 0x80000000};
    constexpr uint32_t frames[] = {16384, 20000, (1 << 24) - 1, 16383, 1 << 24};
    constexpr uint32_t tables[] = {0, 64, 200, 4096, 65536, 0xffffffff};
    const uint8_t choice = input_.byte();
    switch (choice % 8) {
      case 0:
        return {setting::header_table_size, tables[choice / 8 % std::size(tables)]};
      case 1:
        return {setting::enable_push, choice / 8U % 3};
      case 2:
        return {setting::max_frame_size, frames[choice / 8 % std::size(frames)]};
      case 3:
        return {setting::enable_connect_protocol, choice / 64U};
      case 4:
        return {static_cast<uint16_t>(0x40 + choice), choice};
      default:
        return {setting::initial_window_size, windows[choice / 8 % std::size(windows)]};
    }
  }

  std::string priority_fields() {
    std::string fields;
    put_number(fields, static_cast<uint32_t>(some_stream()), 4);
    return fields += static_cast<char>(input_.byte());
  }
  /// HEADERS with or without padding and priority, cut into as many frames as are allowed.
  std::string head(StreamId id, std::string_view block) {
    const uint8_t choice = input_.byte();
    FrameFlags flags = (choice & 1) != 0 ? end_stream : 0;
    std::string payload;
    const size_t padding = (choice & 2) != 0 ? choice / 16 : 0;
    if ((choice & 2) != 0) {
      flags |= padded;
      payload += static_cast<char>(padding);
    }
    if ((choice & 4) != 0) {
      flags |= priority;
      payload += priority_fields();
    }
    size_t continuations = (choice & 8) != 0 ? choice / 16 % 9 : 0;
    const size_t part = 1 + block.size() / (continuations + 1);
    payload += block.substr(0, part);
    block.remove_prefix(std::min(part, block.size()));
    payload.append(padding, '\0');
    std::string frames =
        frame(FrameType::headers, continuations == 0 ? flags | end_headers : flags, id, payload);
    while (continuations-- > 0) {
      frames += frame(FrameType::continuation, continuations == 0 ? end_headers : FrameFlags{}, id,
                      block.substr(0, part));
      block.remove_prefix(std::min(part, block.size()));
    }
    return frames;
  }
  std::string data(StreamId id, uint8_t choice) {
    constexpr size_t sizes[] = {0, 1, 3, 100, 300, 1000, 9000, 16384};
    std::string payload(sizes[choice / 4 % std::size(sizes)], static_cast<char>('a' + choice % 26));
    if ((choice & 2) == 0 || payload.empty())
      return frame(FrameType::data, (choice & 1) != 0 ? end_stream : 0, id, payload);
    payload.front() = static_cast<char>(input_.byte());
    return frame(FrameType::data, padded | ((choice & 1) != 0 ? end_stream : 0), id, payload);
  }
  /// Any payload, or none but its length.
  std::string broken(StreamId id) {
    const auto type = static_cast<FrameType>(input_.byte() % 12);
    const FrameFlags flags = input_.byte();
    const uint8_t size = input_.byte();
    if (size == 255) return RawFrames().frame_header(16385 + input_.byte(), type, flags, id).bytes();
    return frame(type, flags, id, input_.bytes(size % 32U));
  }

  Input input_;
  StreamId opened_ = 0;  ///< streams
};

}  // namespace astray::http2::fuzzing
